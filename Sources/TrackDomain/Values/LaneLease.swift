/// The right of one executor to publish for all in a lane, such as a GitOps repository with its
/// branches, for a while.
///
/// Servers that share a store would otherwise move the same branch under each other's feet. It makes
/// them take turns, and no more: what keeps a server that was stopped from publishing is the epoch
/// of each operation, and that a push names the commit which it expects.
public struct LaneLease: Sendable, Hashable {
  public var lane: String
  /// The executor that publishes.
  public var owner: UniqueID
  /// Grows whenever another executor takes the lane.
  public var epoch: Int64
  /// By the store's clock (`StoreReader.storeTime`).
  public var expiresAt: Timestamp

  public init(lane: String, owner: UniqueID, epoch: Int64, expiresAt: Timestamp) {
    self.lane = lane
    self.owner = owner
    self.epoch = epoch
    self.expiresAt = expiresAt
  }

  /// The lease that `owner` can take on a lane; nil while another executor has it.
  ///
  /// - Parameters:
  ///   - former: the last lease of that lane; nil when it never had one.
  ///   - time: the store's.
  public init?(
    lane: String, for owner: UniqueID, after former: LaneLease?, at time: Timestamp,
    until expiry: Timestamp
  ) {
    let isOwn = former?.owner == owner
    if let former, !isOwn, former.expiresAt > time { return nil }
    self.init(
      lane: lane, owner: owner, epoch: (former?.epoch ?? 0) + (isOwn ? 0 : 1), expiresAt: expiry)
  }

  /// Whether this is still the right that `lease` was: it may have been renewed, or have expired, but
  /// nobody else had it since.
  public func isHeld(as lease: LaneLease) -> Bool {
    lane == lease.lane && owner == lease.owner && epoch == lease.epoch
  }
}
