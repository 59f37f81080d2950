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
  func close() async {
    waker.finish()
    await ends.close()
  }

  /// Keeps why an operation is given up. Before the transaction that removes it: a caller that finds
  /// the operation gone finds the reason too.
  func willEnd(_ id: String, because error: IntegrationError) async {
    await ends.willEnd(id, because: error)
  }

  /// The operation goes on after all.
  func goesOn(_ id: String) async {
    await ends.goesOn(id)
  }

  /// Keeps the places in which a deletion leaves something, one a line. Before the transaction that
  /// removes it, for the same reason.
  func willEnd(_ id: String, abandoning places: String) async {
    await ends.willEnd(id, abandoning: places)
  }

  /// Tells who waits that an operation is gone.
  func ended(_ id: String) async {
    await ends.ended(id)
  }

  /// The places in which a deletion left something, if that was not long ago.
  func abandoned(by id: String) async -> [String] {
    await ends.abandoned(by: id)
  }

  /// Why an operation was given up, if that was not long ago.
  func failure(of id: String) async -> IntegrationError? {
    await ends.failure(of: id)
  }

  /// Returns when the operation has ended, after `limit`, or when the task is cancelled.
  ///
  /// - Parameter isOpen: asked once it is certain that a later end will be noticed.
  func waitForEnd(
    of id: String, atMost limit: Duration, isOpen: () async throws -> Bool
  ) async rethrows {
    let (end, continuation) = AsyncStream<Void>.makeStream()
    let token = await ends.add(id, continuation)
    do {
      if try await isOpen() { await Self.wait(for: end, atMost: limit) }
    } catch {
      await ends.remove(id, token)
      throw error
    }
    await ends.remove(id, token)
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

/// Who waits for which operation, and why some were given up.
private actor OperationEnds {
  /// How many reasons are remembered, the newest ones.
  private static let remembered = 256

  private var waiters: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
  private var lastToken = 0
  private var isClosed = false
  private var failures = Newest<IntegrationError>(limit: remembered)
  private var abandoned = Newest<[String]>(limit: remembered)

  func add(_ id: String, _ continuation: AsyncStream<Void>.Continuation) -> Int {
    lastToken += 1
    if isClosed { continuation.finish() }
    waiters[id, default: [:]][lastToken] = continuation
    return lastToken
  }

  /// From now on nobody waits.
  func close() {
    isClosed = true
    for id in waiters.keys { ended(id) }
  }

  func remove(_ id: String, _ token: Int) {
    waiters[id]?[token] = nil
    if waiters[id]?.isEmpty == true { waiters[id] = nil }
  }

  func failure(of id: String) -> IntegrationError? { failures[id] }

  func abandoned(by id: String) -> [String] { abandoned[id] ?? [] }

  func willEnd(_ id: String, because error: IntegrationError) { failures.keep(error, of: id) }

  func goesOn(_ id: String) { failures.remove(id) }

  func willEnd(_ id: String, abandoning places: String) {
    guard !places.isEmpty else { return }
    abandoned.keep(places.split(separator: "\n").map(String.init), of: id)
  }

  func ended(_ id: String) {
    for continuation in (waiters.removeValue(forKey: id) ?? [:]).values { continuation.finish() }
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

  mutating func remove(_ id: String) { entries.removeAll { $0.id == id } }

  mutating func keep(_ value: Value, of id: String) {
    remove(id)
    entries.append((id, value))
    entries.removeFirst(max(0, entries.count - limit))
  }
}
