/// The right of one executor to work on an operation, for a while.
public struct Lease: Sendable, Hashable {
  /// The executor that works on the operation.
  public var owner: UniqueID
  /// By the store's clock (`StoreReader.storeTime`). After that another executor may take the
  /// operation over, unless the owner has renewed its leases.
  public var expiresAt: Timestamp

  public init(owner: UniqueID, expiresAt: Timestamp) {
    self.owner = owner
    self.expiresAt = expiresAt
  }
}

/// Which leases a store is to end.
public enum LeaseSelection: Sendable, Hashable {
  /// All of them.
  case all
  /// The leases of other owners whose time is over.
  case expired(at: Timestamp, besides: UniqueID)
}

extension Operation {
  /// The operation under a new lease, with a new epoch.
  public func claimed(by owner: UniqueID, until time: Timestamp) -> Operation {
    var claimed = self
    claimed.epoch += 1
    claimed.lease = Lease(owner: owner, expiresAt: time)
    return claimed
  }

  /// Whether the operation is still under the lease that `claimed` was given.
  public func isHeld(as claimed: Operation) -> Bool {
    guard let lease, let old = claimed.lease else { return false }
    return epoch == claimed.epoch && lease.owner == old.owner
  }
}
