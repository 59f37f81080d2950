import EventLoop
import TestSupport
import TrackDomain

/// A store that fails, or waits, as a test says.
///
/// `@unchecked Sendable`: all state is touched under `lock` only.
final class TroubledStore: TrackStore, @unchecked Sendable {
  /// The side of a write.
  enum Side: Sendable {
    case before, after
  }

  enum SpoolCall: Sendable {
    case append, next
  }

  struct Trouble {
    /// Reads fail after this many successful writes; nil for never.
    var readsFailAfter: Int?
    var writesFailAfter: Int?
    /// The call of a spool in which the disk is full.
    var fullSpool: SpoolCall?
    fileprivate(set) var reads = 0
    /// The number of successful writes.
    fileprivate(set) var writes = 0
    /// The end of the change log after each write that worked.
    fileprivate(set) var newestPlaces: [LogPlace] = []
    /// How many writes were refused.
    fileprivate(set) var refusedWrites = 0
    fileprivate var calls = 0
    fileprivate var heldNext: Side?
    fileprivate var held: CheckedContinuation<Void, Never>?
  }

  private let store: any TrackStore
  private let lock = Lock()
  private var current = Trouble()

  init(store: any TrackStore) { self.store = store }

  var trouble: Trouble {
    get { lock.withLock { current } }
    set { lock.withLock { current = newValue } }
  }

  /// Makes the next write wait for `release`: before it is made, or after it and before its answer.
  func holdNextWrite(_ side: Side) { lock.withLock { current.heldNext = side } }

  var isHolding: Bool { lock.withLock { current.held != nil } }

  func release() {
    let held = lock.withLock {
      defer { current.held = nil }
      return current.held
    }
    held?.resume()
  }

  /// Returns when no call has come for a while.
  func quiet() async {
    var calls = -1
    while calls != trouble.calls, !Task.isCancelled {
      calls = trouble.calls
      for _ in 0..<100_000 { await Task.yield() }
    }
  }

  private func hold() async {
    await withCheckedContinuation { continuation in
      lock.withLock { current.held = continuation }
    }
  }

  // MARK: TrackStore

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    let fails = lock.withLock {
      current.reads += 1
      current.calls += 1
      return current.readsFailAfter.map { current.writes >= $0 } ?? false
    }
    if fails { throw StoreError(.unavailable, "not now") }
    return try await store.read(body)
  }

  func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    let held = try lock.withLock {
      current.calls += 1
      if let limit = current.writesFailAfter, current.writes >= limit {
        current.refusedWrites += 1
        throw StoreError(.unavailable, "not now")
      }
      defer { current.heldNext = nil }
      return current.heldNext
    }
    if held == .before { await hold() }
    let (value, newest) = try await store.write(scope) { (try body($0), try $0.newestPlace()) }
    lock.withLock {
      current.writes += 1
      current.newestPlaces.append(newest)
    }
    if held == .after { await hold() }
    return value
  }

  func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value { try await store.withSnapshot(limit: limit, body) }

  func makeSpool() throws -> any StateSpool {
    TroubledSpool(spool: try store.makeSpool(), full: trouble.fullSpool)
  }

  var state: StoreState { store.state }

  func observeState(_ body: @escaping @Sendable (StoreState) -> Void) { store.observeState(body) }

  var isExclusive: Bool { store.isExclusive }

  @discardableResult
  func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    store.observeCommits(body)
  }
}

private struct TroubledSpool: StateSpool {
  let spool: any StateSpool
  let full: TroubledStore.SpoolCall?

  func append(_ records: [[UInt8]]) async throws {
    if full == .append { throw SpoolFull() }
    try await spool.append(records)
  }

  func next() async throws -> [[UInt8]] {
    if full == .next { throw SpoolFull() }
    return try await spool.next()
  }
}
