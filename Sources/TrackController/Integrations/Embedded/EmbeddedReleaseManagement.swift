public import TrackDomain

/// The embedded default: releases are rows of the store.
///
/// A release is an image; a release's deployment has the id of trackd's deployment, which makes
/// every call idempotent. A batch is one transaction; if the store refuses it, each item is written
/// alone.
public struct EmbeddedReleaseManagement: ReleaseManagement {
  private let store: any TrackStore
  private let now: @Sendable () -> Timestamp

  /// - Parameters:
  ///   - store: where the rows are.
  ///   - now: the wall clock.
  public init(store: any TrackStore, now: @escaping @Sendable () -> Timestamp) {
    self.store = store
    self.now = now
  }

  public func createReleases(
    _ orders: [ReleaseOrder]
  ) async -> [Result<ReleaseIds, IntegrationError>] {
    let time = now()
    return await each(orders, of: \.componentId, \.deploymentId) { order, transaction in
      try Self.create(order, at: time, transaction)
    }
  }

  public func updateStatuses(
    _ updates: [ReleaseUpdate]
  ) async -> [Result<Void, IntegrationError>] {
    let time = now()
    return await each(
      updates, of: \.componentId, \.ids.releaseDeploymentId
    ) { update, transaction in
      try Self.apply(update, at: time, transaction)
    }
  }

  private func each<Item: Sendable, Value: Sendable>(
    _ items: [Item], of componentId: @Sendable (Item) -> String,
    _ releaseId: @escaping @Sendable (Item) -> String,
    _ body: @escaping @Sendable (Item, any StoreTransaction) throws -> Value
  ) async -> [Result<Value, IntegrationError>] {
    if items.isEmpty { return [] }
    do {
      return try await store.write(.components(items.map(componentId))) { transaction in
        // Once: what one of two items about a release changes, the other one has to see.
        for id in Set(items.map(releaseId)) {
          transaction.foresee { () throws(StoreError) in
            _ = try transaction.release(releaseDeploymentId: id)
          }
        }
        return try items.map { .success(try body($0, transaction)) }
      }
    } catch let error as StoreError where error.isOfOneRow && items.count > 1 {
      var results: [Result<Value, IntegrationError>] = []
      for item in items { results += await each([item], of: componentId, releaseId, body) }
      return results
    } catch is CancellationError {
      return items.map { _ in .failure(.cancelled) }
    } catch {
      return items.map { _ in .failure(Self.failure) }
    }
  }

  private static func create(
    _ order: ReleaseOrder, at time: Timestamp, _ transaction: any StoreTransaction
  ) throws(StoreError) -> ReleaseIds {
    if let known = try transaction.release(releaseDeploymentId: order.deploymentId) {
      return ReleaseIds(
        releaseId: known.releaseId, releaseDeploymentId: known.releaseDeploymentId)
    }
    let record = ReleaseRecord(
      releaseId: order.image.id, releaseDeploymentId: order.deploymentId,
      componentId: order.componentId, trackId: order.trackId, environmentId: order.environmentId,
      imageId: order.image.id, status: .pending, createdAt: time, updatedAt: time)
    try transaction.putRelease(record)
    return ReleaseIds(
      releaseId: record.releaseId, releaseDeploymentId: record.releaseDeploymentId)
  }

  /// A final status stays. Releases that the caller made elsewhere have no row here: their reports
  /// count as delivered.
  private static func apply(
    _ update: ReleaseUpdate, at time: Timestamp, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    guard
      var record = try transaction.release(
        releaseDeploymentId: update.ids.releaseDeploymentId), record.status == .pending,
      update.status != .pending
    else { return }
    record.status = update.status
    record.updatedAt = max(record.updatedAt, time)
    try transaction.putRelease(record)
  }

  private static var failure: IntegrationError {
    IntegrationError(.unavailable, "the store did not take the release")
  }
}
