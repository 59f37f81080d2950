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

  /// Tells who waits that an operation is gone; because of `error`, if it was given up.
  ///
  /// - Parameter abandoned: the places in which a deletion left something, one a line.
  func ended(_ id: String, _ error: IntegrationError? = nil, abandoned: String = "") async {
    await ends.ended(id, error, abandoned: abandoned)
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
  /// How many failures are remembered, the newest ones.
  private static let remembered = 256

  private var waiters: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
  private var lastToken = 0
  private var isClosed = false
  private var failures: [(id: String, error: IntegrationError)] = []
  private var abandoned: [(id: String, places: [String])] = []

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

  func failure(of id: String) -> IntegrationError? {
    failures.last { $0.id == id }?.error
  }

  func abandoned(by id: String) -> [String] {
    abandoned.last { $0.id == id }?.places ?? []
  }

  func ended(_ id: String, _ error: IntegrationError? = nil, abandoned places: String = "") {
    if !places.isEmpty {
      abandoned.append((id, places.split(separator: "\n").map(String.init)))
      abandoned.removeFirst(max(0, abandoned.count - Self.remembered))
    }
    if let error {
      failures.append((id, error))
      failures.removeFirst(max(0, failures.count - Self.remembered))
    }
    for continuation in (waiters.removeValue(forKey: id) ?? [:]).values { continuation.finish() }
  }
}
