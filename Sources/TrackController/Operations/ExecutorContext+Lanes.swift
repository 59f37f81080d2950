import TrackDomain

/// Lanes on a store that servers share: the executor that has a lane's lease publishes for all of
/// them. A process that has the store for itself needs no such leases.
extension ExecutorContext {
  /// The most leases of others that are read before work is looked for. One that was left out is
  /// found when its lane is claimed.
  private static let readLeases = 1000

  /// The lanes that other executors have, and when their leases end by this process's clock.
  func lanesOfOthers() async throws -> [String: Timestamp] {
    if store.isExclusive { return [:] }
    let owner = owner
    let (time, leases) = try await store.read { reader in
      let time = try reader.storeTime()
      return (
        time, try reader.laneLeases(besides: owner, at: time, limit: Self.readLeases)
      )
    }
    let now = now()
    return Dictionary(
      leases.map {
        ($0.lane, now.after(microseconds: $0.expiresAt.microseconds - time.microseconds))
      }
    ) { first, _ in first }
  }

  /// Takes or keeps the lease of a lane, for as long as leases of operations last. The write's scope
  /// must contain the catalog.
  ///
  /// - Returns: nil when another executor has the lane.
  func takeLane(
    _ lane: String, _ transaction: any StoreTransaction
  ) throws(StoreError) -> LaneTaking? {
    if store.isExclusive { return .unneeded }
    let former = try transaction.laneLease(of: lane)
    let time = try transaction.storeTime()
    guard
      let lease = LaneLease(
        lane: lane, for: owner, after: former, at: time, until: time.after(options.leaseLength))
    else { return nil }
    try transaction.putLaneLease(lease, after: former)
    return .taken(lease)
  }

  /// Whether this executor may take a lane, or needs none.
  func isFree(_ lane: String, _ reader: any StoreReader) throws(StoreError) -> Bool {
    if store.isExclusive { return true }
    let (former, time) = (try reader.laneLease(of: lane), try reader.storeTime())
    return LaneLease(lane: lane, for: owner, after: former, at: time, until: time) != nil
  }

  /// Takes the lanes of places for a removal.
  ///
  /// - Returns: those that this executor may publish in. Throws what `fenced` throws.
  func takeLanes(
    of places: Set<PlacedDeployment>, for operation: Operation
  ) async throws -> Set<String> {
    let lanes = Set(places.map { lane(of: $0.place) })
    if store.isExclusive { return lanes }
    return try await fenced(operation) { (transaction, _) in
      try Set(lanes.sorted().filter { try takeLane($0, transaction) != nil })
    }
  }

  /// Releases a removal whose places are in lanes of others: one of them does it.
  func leaveToOthers(_ operation: Operation) async throws {
    let time = now()
    try await fenced(operation) { (transaction, fenced) in
      var left = fenced.operation
      left.lease = nil
      left.dueAt = time
      try transaction.updateOperation(left)
    }
  }

  /// Runs a removal, or a comparison, in lanes that were taken for it.
  func removing<Value: Sendable>(
    in lanes: Set<String>, _ body: () async throws -> Value
  ) async rethrows -> Value {
    await self.lanes.beginRemoval(in: lanes)
    do {
      let value = try await body()
      await self.lanes.endRemoval(in: lanes)
      return value
    } catch {
      await self.lanes.endRemoval(in: lanes)
      throw error
    }
  }

  /// Records that a removal is about to become visible, unless its lease is over.
  func willRemove(_ operation: Operation) -> @Sendable (_ hash: String) async throws -> Void {
    { hash in
      try await fenced(operation) { (transaction, fenced) in
        var begun = fenced.operation
        begun.gitopsHash = hash
        try transaction.updateOperation(begun)
      }
    }
  }

  /// Gives a lane to whoever wants it. If the store takes no writes, it expires.
  func leaveLane(_ lane: String) async {
    if store.isExclusive || lane == DueWork.deletions { return }
    let owner = owner
    try? await store.write(.catalog) {
      try $0.endLaneLeases(of: owner, in: lane)
    }
  }

  /// Gives all lanes to others at once, when nothing is published any more. If the store takes no
  /// writes, they expire.
  func leaveLanes() async {
    if store.isExclusive { return }
    let owner = owner
    try? await store.write(.catalog) { try $0.endLaneLeases(of: owner, in: nil) }
  }

  /// The lane of what is put into, or removed from, a place.
  func lane(of place: DeploymentPlace) -> String {
    "deployment " + integrations.places.lane(of: place)
  }
}

/// The right to publish in a lane.
enum LaneTaking: Sendable {
  /// This process has the store for itself.
  case unneeded
  case taken(LaneLease)

  /// Whether it still holds.
  func holds(_ reader: any StoreReader) throws(StoreError) -> Bool {
    switch self {
    case .unneeded: true
    case .taken(let lease): try reader.laneLease(of: lease.lane)?.isHeld(as: lease) == true
    }
  }

  /// The number that grows when another server takes over; nil where none can.
  var epoch: Int64? {
    switch self {
    case .unneeded: nil
    case .taken(let lease): lease.epoch
    }
  }
}
