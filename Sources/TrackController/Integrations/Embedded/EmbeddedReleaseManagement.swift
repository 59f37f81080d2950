public import TrackDomain

/// The embedded default: releases are rows of the store.
///
/// A release is an image; a release's deployment has the id of trackd's deployment, which makes
/// every call idempotent. A batch is one transaction.
public struct EmbeddedReleaseManagement: ReleaseManagement {
  private let store: any TrackStore
  private let now: @Sendable () -> Timestamp

  /// - Parameter now: the wall clock.
  public init(store: any TrackStore, now: @escaping @Sendable () -> Timestamp) {
    self.store = store
    self.now = now
  }

  public func createReleases(
    _ orders: [ReleaseOrder]
  ) async -> [Result<ReleaseIds, IntegrationError>] {
    if orders.isEmpty { return [] }
    let time = now()
    do {
      return try await store.write { transaction in
        try orders.map { order in .success(try Self.create(order, at: time, transaction)) }
      }
    } catch {
      return orders.map { _ in .failure(Self.failure) }
    }
  }

  public func updateStatuses(
    _ updates: [ReleaseUpdate]
  ) async -> [Result<Void, IntegrationError>] {
    if updates.isEmpty { return [] }
    let time = now()
    do {
      try await store.write { transaction in
        for update in updates { try Self.apply(update, at: time, transaction) }
      }
      return updates.map { _ in .success(()) }
    } catch {
      return updates.map { _ in .failure(Self.failure) }
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

  /// A final status stays. What was released elsewhere, under ids that the caller gave, is not known
  /// here, and there is nobody to tell.
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
