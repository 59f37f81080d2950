/// Reads one consistent state of a store. Valid only in the closure it was given to.
///
/// Every call looks at a bounded number of rows; costs do not grow with the tables. Each may be a
/// round trip: what one decision is based on is one call (`deploymentFacts` and its kin).
public protocol StoreReader {
  /// Asks for what is read later, where each read would be a round trip: what is asked for together
  /// is one. Each read in `read` gives one later read of the same its rows, as they are now: what the
  /// caller changes before that must not matter to it. Those that are not asked for again cost a
  /// statement. What `read` throws is dropped: the later read throws it. A store with the rows at
  /// hand does nothing.
  func foresee(_ read: () throws(StoreError) -> Void)

  /// The track with its endpoints, or nil.
  func track(componentId: String, id: String) throws(StoreError) -> Track?

  /// The track with its endpoints and its deletion, or nil.
  func trackWithDeletion(componentId: String, id: String) throws(StoreError) -> TrackWithDeletion?

  /// All that the creation of a track is decided on.
  func creationFacts(_ query: CreationFactsQuery) throws(StoreError) -> CreationFacts

  /// All that the deletion of a track is decided on; nil when there is no such track.
  func deletionFacts(componentId: String, trackId: String) throws(StoreError) -> DeletionFacts?

  /// The track, or nil, with what is active of it in the first `limit` of its environments, by id.
  func deployedTrack(
    componentId: String, id: String, limit: Int
  ) throws(StoreError) -> TrackWithActive?

  /// One page of tracks; empty for a component that does not exist.
  func tracks(_ query: TrackQuery) throws(StoreError) -> TrackPage

  /// The id of the component's track of that version, or nil.
  func trackId(componentId: String, version: APIVersion) throws(StoreError) -> String?

  /// The id of the component's track without a version on that branch, or nil.
  func trackId(componentId: String, unversionedBranch: String) throws(StoreError) -> String?

  /// The component with its organization and its latest track, or nil.
  func component(_ id: String) throws(StoreError) -> ComponentContext?

  /// A resource of the catalog, or nil.
  func catalogResource(_ kind: CatalogKind, id: String) throws(StoreError) -> CatalogResource?

  /// Several resources of the catalog; those that are not there are left out.
  func catalogResources(
    at keys: Set<CatalogKey>
  ) throws(StoreError) -> [CatalogKey: CatalogResource]

  /// Resources of one type in the byte order of their ids, from the one after `after` on ("" is the
  /// start): those of `parentId`, or all where the type has no parent.
  func catalogResources(
    _ kind: CatalogKind, parentId: String?, after: String, limit: Int
  ) throws(StoreError) -> [CatalogResource]

  /// The same of those that a caller may read: no others are looked at.
  func catalogResources(
    _ kind: CatalogKind, parentId: String?, within reach: AccessReach, after: String, limit: Int
  ) throws(StoreError) -> [CatalogResource]

  /// An environment other than `id` whose folder is, contains or lies within that of a place; nil
  /// when there is none. An environment that names no branch may be on any.
  func environment(
    overlapping place: DeploymentPlace, besides id: String
  ) throws(StoreError) -> Environment?

  /// What refers to the resource, `limit` of it at most: projects to an organization; components,
  /// environments and pipelines to a project; tracks and images to a component; pipelines, tracks
  /// with something deployed or held there and unfinished deployments to an environment; components
  /// (as their default) to a pipeline.
  func uses(of kind: CatalogKind, id: String, limit: Int) throws(StoreError) -> [ResourceUse]

  /// What is remembered under that key; nil when its time is over: 24 hours, unless the
  /// store was told otherwise.
  func request(_ key: RequestKey) throws(StoreError) -> RememberedRequest?

  /// One page of a track's configurations.
  func configRevisions(_ query: ConfigRevisionQuery) throws(StoreError) -> ConfigRevisionPage

  /// The configuration of a track with that number, or nil.
  func configRevision(
    componentId: String, trackId: String, number: Int32
  ) throws(StoreError) -> ConfigRevision?

  // MARK: Images

  /// An image of the component, or nil.
  func image(componentId: String, id: String) throws(StoreError) -> TrackImage?

  /// All that the save of an image is decided on.
  func saveFacts(_ query: SaveFactsQuery) throws(StoreError) -> SaveFacts

  /// One page of a track's images, with what is told beside them.
  func images(_ query: ImageQuery) throws(StoreError) -> ImagePage

  /// Images of the component that belong to no track yet, oldest first.
  func unversionedImages(componentId: String, limit: Int) throws(StoreError) -> [TrackImage]

  /// Images of that commit of the track that are not superseded, oldest first.
  func currentImages(
    componentId: String, trackId: String, commitHash: String, limit: Int
  ) throws(StoreError) -> [TrackImage]

  // MARK: Deployments

  /// All that the acceptance of a deployment is decided on.
  func deploymentFacts(_ query: DeploymentFactsQuery) throws(StoreError) -> DeploymentFacts

  /// The same for a rollback; the image of the query is the one that is wanted back.
  func rollbackFacts(_ query: DeploymentFactsQuery) throws(StoreError) -> RollbackFacts

  /// What a deployer needs to know of each of some deployments, in their order. What cannot be read
  /// of one of them fails that one (`StoreError.isOfOneRow`).
  func parts(
    of deployments: [Deployment]
  ) throws(StoreError) -> [Result<DeploymentParts, StoreError>]

  /// A deployment of the component, or nil.
  func deployment(componentId: String, id: String) throws(StoreError) -> Deployment?

  /// One page of a track's deployments.
  func deployments(_ query: DeploymentQuery) throws(StoreError) -> DeploymentPage

  /// Deployments of the track that have not ended, oldest first: at most one that waits and one in
  /// progress for each environment. Nil as the environment means all.
  func unfinishedDeployments(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError) -> [Deployment]

  /// How many rows of a track's history there are, `limit` of them at most: deployments, images,
  /// releases and configurations.
  func historyRows(
    componentId: String, trackId: String, upTo limit: Int
  ) throws(StoreError) -> Int

  /// What the track has in that environment; nil when it never was deployed or held there.
  func binding(
    componentId: String, trackId: String, environmentId: String
  ) throws(StoreError) -> EnvironmentBinding?

  /// What the track has in each environment it was ever deployed or held in.
  func bindings(componentId: String, trackId: String) throws(StoreError) -> [EnvironmentBinding]

  /// What tracks have in environments, in the order of (component, track, environment), from the
  /// one after `key` on.
  func bindings(after key: BindingKey?, limit: Int) throws(StoreError) -> [EnvironmentBinding]

  // MARK: After a restore

  /// The last restore that was noted; nil when there never was one.
  func restore() throws(StoreError) -> StoreRestore?

  /// How that restore stands, with `limit` examples of each kind at most; nil when there never was
  /// one.
  func restoreReport(limit: Int) throws(StoreError) -> RestoreReport?

  /// The lane after the last comparison that came to its end; nil when that did not look at it.
  func comparedLane(_ lane: String) throws(StoreError) -> ComparedLane?

  /// Whether some place of the track is known not to hold what the store believes; in that
  /// environment, or in any.
  func hasDrift(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError) -> Bool

  /// Operations that are held, in the order of their ids, from the one after `id` on.
  func restoredOperations(after id: String, limit: Int) throws(StoreError) -> [Operation]

  // MARK: Durable operations

  /// The operation with that id, or nil.
  func operation(id: String) throws(StoreError) -> Operation?

  /// What the operation with that id left to tell when it ended; nil when it had nothing to tell,
  /// or that was long ago.
  func operationEnd(id: String) throws(StoreError) -> OperationEnd?

  /// The store's clock, which all servers have in common that share the store. Leases go by it, and
  /// nothing else does.
  func storeTime() throws(StoreError) -> Timestamp

  /// When the first lease of an owner other than `owner` expires; nil when there is none.
  func nextExpiry(besides owner: UniqueID) throws(StoreError) -> Timestamp?

  /// The last lease of a lane; nil when it never had one.
  func laneLease(of lane: String) throws(StoreError) -> LaneLease?

  /// The leases that executors other than `owner` have on lanes at that time of the store's clock.
  func laneLeases(
    besides owner: UniqueID, at time: Timestamp, limit: Int
  ) throws(StoreError) -> [LaneLease]

  /// The deletion of that track that is under way, or nil.
  func deletion(componentId: String, trackId: String) throws(StoreError) -> Operation?

  /// Operations of a queue that nobody works on and that are due, in the order of their times,
  /// those that are due by now first. Says so also of operations that cannot be read.
  func dueOperations(
    in queue: OperationQueue, _ window: DueWindow, limit: Int
  ) throws(StoreError) -> [DueOperation]

  /// When operations of a queue that nobody works on are due; nil when there are none.
  func times(of queue: OperationQueue) throws(StoreError) -> QueueTimes?

  /// The environments with deployments that nobody works on, in the order of their ids, from the
  /// one after `id` on. Takes as long as there are environments, however many deployments they
  /// have.
  func waitingEnvironments(
    after id: String, limit: Int
  ) throws(StoreError) -> [WaitingEnvironment]

  /// Whether the track has operations other than that.
  func hasOperations(
    componentId: String, trackId: String, besides id: String
  ) throws(StoreError) -> Bool

  /// Whether the track has operations of that kind.
  func hasOperations(
    of kind: Operation.Kind, componentId: String, trackId: String
  ) throws(StoreError) -> Bool

  /// The removals from places that the track's environments have moved from, oldest first.
  func cleanings(
    componentId: String, trackId: String, limit: Int
  ) throws(StoreError) -> [Operation]

  /// What the embedded release management knows under the id of a release's deployment.
  func release(releaseDeploymentId: String) throws(StoreError) -> ReleaseRecord?

  // MARK: The audit

  /// Rows of the audit: those that a query wants.
  func auditRecords(_ query: AuditQuery) throws(StoreError) -> [AuditRecord]

  /// The first row that `auditRecords` has to look at for a query, in the order of the query: what
  /// comes before it has other times than the filter's. Nil when all has. Costs little for a
  /// thousand rows, which `auditRecords` does not.
  func auditStart(_ query: AuditQuery) throws(StoreError) -> Int64?

  /// Which rows of the audit there are.
  func auditExtent() throws(StoreError) -> AuditExtent

  /// The last row that was written to the log file of the audit; 0 before the first.
  func auditLogged() throws(StoreError) -> Int64

  // MARK: Watching

  /// What tells this database from every other one; made with it, never changes.
  func databaseId() throws(StoreError) -> UniqueID

  /// The changes after a place in the log, ascending; nil when some of them are not kept any more.
  func changes(after place: LogPlace, limit: Int) throws(StoreError) -> [LoggedChange]?

  /// The organizations that the projects of logged changes belonged to when the changes were made,
  /// in the order of the changes; nil where that is not known. A project's id may have been given
  /// again since.
  func organizations(of changes: [LoggedChange]) throws(StoreError) -> [String?]

  /// Whether a watch may go on behind a place. `bytes` are those of a place that this store made,
  /// or an earlier version of it; or anything else, for clients bring them back.
  func resumption(at bytes: [UInt8]) throws(StoreError) -> Resumption

  /// Tracks with their deployments in the order of (component, id), from the one after `after` on:
  /// of a component, of a project, or of all.
  func states(
    in scope: ChangeScope, after: (componentId: String, trackId: String)?, limit: Int
  ) throws(StoreError) -> TrackStates
}

extension StoreReader {
  public func foresee(_ read: () throws(StoreError) -> Void) {}
}
