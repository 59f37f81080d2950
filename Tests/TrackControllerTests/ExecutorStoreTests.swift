import Synchronization
import TestSupport
import Testing
import TrackController
import TrackDomain

/// What an executor does when its own store fails it.
@Suite(.timeLimit(.minutes(2))) struct ExecutorStoreTests {
  @Test func `work that the store cannot tell about is given back, and done later`() async throws {
    try await Shop.with { (shop) async throws in
      let store = ForgetfulStore(store: shop.fixture.store)
      let clock = shop.fixture.clock
      let executor = RunningExecutor(
        store: store, world: shop.fixture.world, signals: shop.fixture.signals, now: { clock.now })
      let deployment = try await shop.deploy(try await shop.image("a"))
      await executor.heard { if case .storeFailed = $0 { true } else { false } }
      // The lease is given back after that was told.
      while try await shop.operation(deployment)?.leaseHolder != nil { await Task.yield() }
      store.remember()
      #expect(try await shop.operation(deployment)?.attempts == 0)
      clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      #expect(try await shop.ended(deployment).state == .succeeded)
      #expect(shop.world.commits.count == 1)
      await executor.drain()
    }
  }
}

/// A store whose reads fail after two writes (leases were voided, and one was taken), until it is told
/// to remember.
private final class ForgetfulStore: TrackStore {
  private let store: any TrackStore
  private let writes = Atomic<Int>(0)
  private let remembers = Atomic<Bool>(false)

  init(store: any TrackStore) { self.store = store }

  func remember() { remembers.store(true, ordering: .relaxed) }

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    if writes.load(ordering: .relaxed) >= 2, !remembers.load(ordering: .relaxed) {
      throw StoreError(.unavailable, "not now")
    }
    return try await store.read(body)
  }

  func write<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    let value = try await store.write(body)
    writes.add(1, ordering: .relaxed)
    return value
  }

  func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value { try await store.withSnapshot(limit: limit, body) }

  func makeSpool() throws -> any StateSpool { try store.makeSpool() }

  var state: StoreState { store.state }

  func observeState(_ body: @escaping @Sendable (StoreState) -> Void) { store.observeState(body) }

  func observeCommits(_ body: @escaping @Sendable (Int64) -> Void) { store.observeCommits(body) }
}
