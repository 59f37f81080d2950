/// Reads and changes a store in one transaction. Valid only in the closure it was given to.
///
/// `component` of a component that the write's scope names was read before, and costs nothing.
///
/// What changes rows returns nothing: numbers and ids are known before, or given by the store at
/// the commit. The use cases make their checks before they call these; a store enforces the
/// invariants once more in its schema, and for a violation the call, a later one or the commit
/// throws `StoreError.Kind.failed`.
public protocol StoreTransaction: StoreReader {
  /// Adds a track and its endpoints. `isLatest` is not looked at: see `setLatestTrack`.
  func insertTrack(_ track: Track) throws(StoreError)

  /// Writes the mutable fields of a track, but for its endpoints and `isLatest`: branch,
  /// description, auto-deploy, configuration number, revision and update time.
  func updateTrack(_ track: Track) throws(StoreError)

  /// Replaces the endpoints of a track by those that it holds.
  func replaceEndpoints(of track: Track) throws(StoreError)

  /// Deletes a track with its endpoints, configurations and operations. It must not be the latest
  /// any more, and what else belongs to it must be gone (`purgeTrack`).
  func deleteTrack(componentId: String, id: String) throws(StoreError)

  /// Makes a track of the component its latest, in place of the one before.
  func setLatestTrack(componentId: String, trackId: String) throws(StoreError)

  /// Adds a configuration of a track.
  func insertConfigRevision(_ revision: ConfigRevision) throws(StoreError)

  /// Adds a resource, or replaces the one with its id. The latest track of a component stays.
  func putCatalogResource(_ resource: CatalogResource) throws(StoreError)

  /// Deletes a resource that nothing refers to.
  func deleteCatalogResource(_ kind: CatalogKind, id: String) throws(StoreError)

  /// Appends to the change log.
  func appendChange(_ change: Change) throws(StoreError)

  /// Remembers a request, in place of an older one with the same key. The store itself forgets it
  /// when its time is over, by a clock that no change of the time of day moves.
  func rememberRequest(_ request: RememberedRequest) throws(StoreError)

  /// Notes that the database was put back to an earlier state (`Resumption.undone`): places that do
  /// not tell a change from others in its stead are not to be trusted any more.
  func noteRestore() throws(StoreError)

  // MARK: The audit

  /// Appends an event to the audit: the store gives it its place in the chain. The first one under
  /// another key than before comes behind `takeOverAudit`.
  func recordAudit(_ event: AuditEvent) throws(StoreError)

  /// Has the audit go on under the key that signs now, if another one signed before: records that
  /// as an event of this time, and signs the place of dropped rows anew.
  func takeOverAudit(at time: Timestamp) throws(StoreError)

  /// Notes that the rows up to that one are in the log file of the audit. The number never falls.
  func noteAuditLogged(_ sequence: Int64) throws(StoreError)

  // MARK: Images

  /// Adds an image. Its id is new, and so is (component, saved track, run).
  func insertImage(_ image: TrackImage) throws(StoreError)

  /// Writes what is not immutable of an image: its track, whether it is superseded, the update
  /// time.
  func updateImage(_ image: TrackImage) throws(StoreError)

  // MARK: Deployments

  /// Adds a deployment, to which the store gives the next sequence: the one that it has is not
  /// looked at.
  func insertDeployment(_ deployment: Deployment) throws(StoreError)

  /// Writes what changes of a deployment: kind, state, release ids, `rolledBackBy`, the hold,
  /// `bypassReason`, error, hash, times.
  func updateDeployment(_ deployment: Deployment) throws(StoreError)

  /// Adds or replaces a binding.
  func putBinding(_ binding: EnvironmentBinding) throws(StoreError)

  // MARK: After a restore

  /// Notes that the database was put back to an earlier state, in place of an earlier restore. From
  /// now on all operations are held that are not over, and nobody has a lease on them. What an
  /// earlier comparison found is forgotten. Does what `noteRestore` does, too.
  func beginRestore(_ restore: StoreRestore) throws(StoreError)

  /// Ends the restore that stands: what is held goes on, and what differs is forgotten.
  func endRestore(at time: Timestamp, by cause: String) throws(StoreError)

  /// Begins a comparison under that number.
  func beginComparison(_ number: Int64) throws(StoreError)

  /// Adds or replaces what a comparison found.
  func putDrift(_ drift: PlaceDrift, comparison: Int64) throws(StoreError)

  /// The track's place in that environment, or in all, holds what the store believes.
  func endDrift(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError)

  /// Ends a comparison: these are the lanes that it looked at. What earlier ones found is forgotten,
  /// but for lanes with a fault. Throws `failed` when another one was begun meanwhile.
  func endComparison(_ number: Int64, _ lanes: [ComparedLane]) throws(StoreError)

  // MARK: Durable operations

  func insertOperation(_ operation: Operation) throws(StoreError)

  /// Writes what changes of an operation: all but its id, kind, target, epoch, conditions, creation
  /// and actor. Throws `failed` when the operation has another epoch: it was leased since it was
  /// read.
  func updateOperation(_ operation: Operation) throws(StoreError)

  /// As `updateOperation`, for an operation that was just `claimed`: its epoch was one less before.
  func claimOperation(_ operation: Operation) throws(StoreError)

  /// Deletes an operation, if it is there. Throws `failed` when it has another epoch.
  func deleteOperation(_ operation: Operation) throws(StoreError)

  /// Makes an operation due at that time and ends its lease, whether it can be read or not, unless
  /// an executor other than `owner` works on it.
  func putOffOperation(
    id: String, until time: Timestamp, by owner: UniqueID
  ) throws(StoreError)

  /// Lets all leases of an owner expire at that time of the store's clock. No observer of commits
  /// is told.
  func renewLeases(of owner: UniqueID, until time: Timestamp) throws(StoreError)

  /// Ends leases and raises the epochs of their operations: nothing has effect that their owners
  /// still write of them.
  func endLeases(_ selection: LeaseSelection) throws(StoreError)

  /// Writes the lease of a lane. Throws `failed` when its last lease is another one than `former`, or
  /// when there is one and `former` is nil.
  func putLaneLease(_ lease: LaneLease, after former: LaneLease?) throws(StoreError)

  /// Lets the lease of a lane expire at that time of the store's clock, if `owner` has the last one.
  /// No observer of commits is told.
  func renewLaneLease(of lane: String, owner: UniqueID, until time: Timestamp) throws(StoreError)

  /// Ends the lease that an executor has on a lane; nil: on all.
  func endLaneLeases(of owner: UniqueID, in lane: String?) throws(StoreError)

  /// Keeps what an operation has left to tell, for as long as requests are remembered.
  func recordEnd(_ end: OperationEnd) throws(StoreError)

  /// Adds or replaces what the embedded release management knows.
  func putRelease(_ record: ReleaseRecord) throws(StoreError)

  /// Deletes up to `limit` rows of what belongs to a track: images, deployments, bindings,
  /// releases, configurations.
  func purgeTrack(componentId: String, trackId: String, limit: Int) throws(StoreError)
}
