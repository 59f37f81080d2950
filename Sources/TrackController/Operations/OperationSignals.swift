import Synchronization
import TrackDomain

/// What the use cases and the executor of durable operations tell each other within a process.
///
/// A hint only: what counts is in the store. One executor listens.
public struct OperationSignals: Sendable {
  /// An element when there may be something to do; several at once are one.
  let wakes: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation
  private let ends = OperationEnds()

  public init() {
    (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// There may be something to do. Any thread; does not block.
  public func wake() {
    waker.yield()
  }

  /// Nobody listens any more; who waits waits no longer.
  func close() {
    waker.finish()
    ends.close()
  }

  /// Keeps why an operation is given up. Called in the transaction that removes it: who finds it
  /// gone finds the reason too.
  func willEnd(_ id: String, because error: IntegrationError) {
    ends.willEnd(id, because: error)
  }

  /// Keeps the places in which a deletion leaves something, one a line. Called in the transaction
  /// that removes it, for the same reason.
  func willEnd(_ id: String, abandoning places: String) {
    ends.willEnd(id, abandoning: places)
  }

  /// Tells who waits that an operation is gone.
  func ended(_ id: String) {
    ends.ended(id)
  }

  /// The places in which a deletion left something, if that was not long ago.
  func abandoned(by id: String) -> [String] {
    ends.abandoned(by: id)
  }

  /// Why an operation was given up, if that was not long ago.
  func failure(of id: String) -> IntegrationError? {
    ends.failure(of: id)
  }

  /// Returns when the operation has ended, after `limit`, or when the task is cancelled.
  ///
  /// - Parameter isOpen: asked once it is certain that a later end will be noticed.
  func waitForEnd(
    of id: String, atMost limit: Duration, isOpen: () async throws -> Bool
  ) async rethrows {
    let (end, continuation) = AsyncStream<Void>.makeStream()
    let token = ends.add(id, continuation)
    do {
      if try await isOpen() { await Self.wait(for: end, atMost: limit) }
    } catch {
      ends.remove(id, token)
      throw error
    }
    ends.remove(id, token)
  }

  private static func wait(for end: AsyncStream<Void>, atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in end {} }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }
}

/// Who waits for which operation, and why some were given up. Any thread; does not block.
private final class OperationEnds: Sendable {
  /// How many reasons are remembered, the newest ones.
  private static let remembered = 256

  private struct State {
    var waiters: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
    var lastToken = 0
    var isClosed = false
    var failures = Newest<IntegrationError>(limit: remembered)
    var abandoned = Newest<[String]>(limit: remembered)
  }

  private let state = Mutex(State())

  func add(_ id: String, _ continuation: AsyncStream<Void>.Continuation) -> Int {
    state.withLock { state in
      state.lastToken += 1
      if state.isClosed { continuation.finish() }
      state.waiters[id, default: [:]][state.lastToken] = continuation
      return state.lastToken
    }
  }

  /// From now on nobody waits.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiters = [:] }
      return state.waiters.values.flatMap(\.values)
    }
    for continuation in waiting { continuation.finish() }
  }

  func remove(_ id: String, _ token: Int) {
    state.withLock { state in
      state.waiters[id]?[token] = nil
      if state.waiters[id]?.isEmpty == true { state.waiters[id] = nil }
    }
  }

  func failure(of id: String) -> IntegrationError? {
    state.withLock { $0.failures[id] }
  }

  func abandoned(by id: String) -> [String] {
    state.withLock { $0.abandoned[id] ?? [] }
  }

  func willEnd(_ id: String, because error: IntegrationError) {
    state.withLock { $0.failures.keep(error, of: id) }
  }

  func willEnd(_ id: String, abandoning places: String) {
    guard !places.isEmpty else { return }
    let lines = places.split(separator: "\n").map(String.init)
    state.withLock { $0.abandoned.keep(lines, of: id) }
  }

  func ended(_ id: String) {
    let waiting = state.withLock { $0.waiters.removeValue(forKey: id) ?? [:] }
    for continuation in waiting.values { continuation.finish() }
  }
}

/// What was kept last, by id; the oldest goes first.
private struct Newest<Value> {
  let limit: Int
  private var entries: [(id: String, value: Value)] = []

  init(limit: Int) {
    self.limit = limit
  }

  subscript(id: String) -> Value? { entries.last { $0.id == id }?.value }

  /// A transaction that is run again says the same once more.
  mutating func keep(_ value: Value, of id: String) {
    entries.removeAll { $0.id == id }
    entries.append((id, value))
    entries.removeFirst(max(0, entries.count - limit))
  }
}
