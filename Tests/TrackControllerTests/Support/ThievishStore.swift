import EventLoop
import TestSupport
import TrackDomain

/// A shared store in which another executor claims an operation just before a write of this one.
///
/// `@unchecked Sendable`: all state is touched under `lock` only.
final class ThievishStore: TrackStore, @unchecked Sendable {
  /// The rows of the store right after the theft.
  struct Loot: Sendable, Equatable {
    var operation: Operation
    var deployment: Deployment?
    var newestPlace: LogPlace
  }

  private let store: any TrackStore
  private let find: @Sendable (any StoreReader) throws -> Operation?
  private let afterTheft: @Sendable () async throws -> Void
  private let lock = Lock()
  private var left: Int
  private var taken: Loot?
  private var wasHeld = false

  /// - Parameters:
  ///   - find: finds the operation to steal; nil when it does not exist.
  ///   - count: the number, from 1, of the write before which the theft happens, among the writes
  ///     that find the operation.
  ///   - afterTheft: runs after the theft.
  init(
    _ store: any TrackStore, beforeWrite count: Int,
    of find: @escaping @Sendable (any StoreReader) throws -> Operation?,
    afterTheft: @escaping @Sendable () async throws -> Void = {}
  ) {
    self.store = store
    self.find = find
    self.afterTheft = afterTheft
    left = count
  }

  /// The rows right after the theft; nil before it.
  var loot: Loot? { lock.withLock { taken } }

  /// Whether the operation was stolen from an executor that worked on it.
  var wasHeldBefore: Bool { lock.withLock { wasHeld } }

  private func count() async throws {
    let find = find
    guard loot == nil, try await store.read({ try find($0) != nil }) else { return }
    let isTime = lock.withLock {
      left -= 1
      return left == 0
    }
    if isTime { try await steal() }
  }

  private func steal() async throws {
    let find = find
    let stolen = try await store.write { transaction -> (id: String, wasHeld: Bool)? in
      guard let operation = try find(transaction) else { return nil }
      let claimed = operation.claimed(
        by: UniqueID.random(), until: try transaction.storeTime().after(.seconds(30)))
      try transaction.claimOperation(claimed)
      return (operation.id, operation.lease != nil)
    }
    guard let stolen else { return }
    try await afterTheft()
    let loot = try await store.read { try Self.loot(stolen.id, $0) }
    lock.withLock {
      taken = loot
      wasHeld = stolen.wasHeld
    }
  }

  /// The rows of the store about an operation; nil when it does not exist.
  static func loot(_ id: String, _ reader: any StoreReader) throws -> Loot? {
    try reader.operation(id: id).map {
      Loot(
        operation: $0,
        deployment: try reader.deployment(componentId: $0.componentId, id: id),
        newestPlace: try reader.newestPlace())
    }
  }

  // MARK: TrackStore

  var isExclusive: Bool { false }

  func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    try await count()
    return try await store.write(scope, body)
  }

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value { try await store.read(body) }

  func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value { try await store.withSnapshot(limit: limit, body) }

  func makeSpool() throws -> any StateSpool { try store.makeSpool() }

  var state: StoreState { store.state }

  func observeState(_ body: @escaping @Sendable (StoreState) -> Void) { store.observeState(body) }

  @discardableResult
  func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    store.observeCommits(body)
  }
}
