package import TrackDomain

/// Passes everything on to another reader or transaction. Subclasses override what they change.
/// Valid as long as the other one.
package class ForwardingTransaction: StoreTransaction {
  private let base: any StoreReader

  /// Statements that write need a `base` that is a transaction.
  package init(_ base: any StoreReader) { self.base = base }

  /// What reads are passed on to. Called once for each of them, with its name.
  package func reader(_ call: String = #function) -> any StoreReader { base }

  /// What changes are passed on to. Called once for each of them.
  package func transaction() throws(StoreError) -> any StoreTransaction {
    guard let transaction = base as? any StoreTransaction else {
      throw StoreError(.failed, "a reader does not write")
    }
    return transaction
  }

  // MARK: Reading

  package func foresee(_ read: () throws(StoreError) -> Void) { base.foresee(read) }

  package func track(componentId: String, id: String) throws(StoreError) -> Track? {
    try reader().track(componentId: componentId, id: id)
  }
  package func deployedTrack(componentId: String, id: String, limit: Int) throws(StoreError)
    -> TrackWithActive?
  {
    try reader().deployedTrack(componentId: componentId, id: id, limit: limit)
  }
  package func tracks(_ query: TrackQuery) throws(StoreError) -> TrackPage {
    try reader().tracks(query)
  }
  package func trackId(componentId: String, version: APIVersion) throws(StoreError) -> String? {
    try reader().trackId(componentId: componentId, version: version)
  }
  package func trackId(componentId: String, unversionedBranch: String) throws(StoreError) -> String?
  {
    try reader().trackId(componentId: componentId, unversionedBranch: unversionedBranch)
  }
  package func component(_ id: String) throws(StoreError) -> ComponentContext? {
    try reader().component(id)
  }
  package func catalogResource(_ kind: CatalogKind, id: String) throws(StoreError)
    -> CatalogResource?
  {
    try reader().catalogResource(kind, id: id)
  }
  package func catalogResources(_ kind: CatalogKind, parentId: String?, after: String, limit: Int)
    throws(StoreError) -> [CatalogResource]
  {
    try reader().catalogResources(kind, parentId: parentId, after: after, limit: limit)
  }
  package func catalogResources(
    _ kind: CatalogKind, parentId: String?, within reach: AccessReach, after: String, limit: Int
  ) throws(StoreError) -> [CatalogResource] {
    try reader().catalogResources(
      kind, parentId: parentId, within: reach, after: after, limit: limit)
  }
  package func environment(overlapping place: DeploymentPlace, besides id: String)
    throws(StoreError) -> Environment?
  {
    try reader().environment(overlapping: place, besides: id)
  }
  package func uses(of kind: CatalogKind, id: String, limit: Int) throws(StoreError)
    -> [ResourceUse]
  {
    try reader().uses(of: kind, id: id, limit: limit)
  }
  package func request(_ key: RequestKey) throws(StoreError) -> RememberedRequest? {
    try reader().request(key)
  }
  package func configRevisions(_ query: ConfigRevisionQuery) throws(StoreError)
    -> ConfigRevisionPage
  {
    try reader().configRevisions(query)
  }
  package func configRevision(componentId: String, trackId: String, number: Int32)
    throws(StoreError) -> ConfigRevision?
  {
    try reader().configRevision(componentId: componentId, trackId: trackId, number: number)
  }
  package func image(componentId: String, id: String) throws(StoreError) -> TrackImage? {
    try reader().image(componentId: componentId, id: id)
  }
  package func images(_ query: ImageQuery) throws(StoreError) -> ImagePage {
    try reader().images(query)
  }
  package func unversionedImages(componentId: String, limit: Int) throws(StoreError) -> [TrackImage]
  {
    try reader().unversionedImages(componentId: componentId, limit: limit)
  }
  package func currentImages(componentId: String, trackId: String, commitHash: String, limit: Int)
    throws(StoreError) -> [TrackImage]
  {
    try reader().currentImages(
      componentId: componentId, trackId: trackId, commitHash: commitHash, limit: limit)
  }
  package func deployment(componentId: String, id: String) throws(StoreError) -> Deployment? {
    try reader().deployment(componentId: componentId, id: id)
  }
  package func deployments(_ query: DeploymentQuery) throws(StoreError) -> DeploymentPage {
    try reader().deployments(query)
  }
  package func unfinishedDeployments(componentId: String, trackId: String, environmentId: String?)
    throws(StoreError) -> [Deployment]
  {
    try reader().unfinishedDeployments(
      componentId: componentId, trackId: trackId, environmentId: environmentId)
  }
  package func historyRows(componentId: String, trackId: String, upTo limit: Int) throws(StoreError)
    -> Int
  {
    try reader().historyRows(componentId: componentId, trackId: trackId, upTo: limit)
  }
  package func binding(componentId: String, trackId: String, environmentId: String)
    throws(StoreError) -> EnvironmentBinding?
  {
    try reader().binding(componentId: componentId, trackId: trackId, environmentId: environmentId)
  }
  package func bindings(componentId: String, trackId: String) throws(StoreError)
    -> [EnvironmentBinding]
  {
    try reader().bindings(componentId: componentId, trackId: trackId)
  }
  package func operation(id: String) throws(StoreError) -> Operation? {
    try reader().operation(id: id)
  }
  package func operationEnd(id: String) throws(StoreError) -> OperationEnd? {
    try reader().operationEnd(id: id)
  }
  package func storeTime() throws(StoreError) -> Timestamp {
    try reader().storeTime()
  }
  package func laneLease(of lane: String) throws(StoreError) -> LaneLease? {
    try reader().laneLease(of: lane)
  }
  package func laneLeases(besides owner: UniqueID, at time: Timestamp, limit: Int)
    throws(StoreError) -> [LaneLease]
  {
    try reader().laneLeases(besides: owner, at: time, limit: limit)
  }
  package func nextExpiry(besides owner: UniqueID) throws(StoreError) -> Timestamp? {
    try reader().nextExpiry(besides: owner)
  }
  package func deletion(componentId: String, trackId: String) throws(StoreError) -> Operation? {
    try reader().deletion(componentId: componentId, trackId: trackId)
  }
  package func dueOperations(in queue: OperationQueue, _ window: DueWindow, limit: Int)
    throws(StoreError) -> [DueOperation]
  {
    try reader().dueOperations(in: queue, window, limit: limit)
  }
  package func times(of queue: OperationQueue) throws(StoreError) -> QueueTimes? {
    try reader().times(of: queue)
  }
  package func waitingEnvironments(after id: String, limit: Int) throws(StoreError)
    -> [WaitingEnvironment]
  {
    try reader().waitingEnvironments(after: id, limit: limit)
  }
  package func hasOperations(componentId: String, trackId: String, besides id: String)
    throws(StoreError) -> Bool
  {
    try reader().hasOperations(componentId: componentId, trackId: trackId, besides: id)
  }
  package func hasOperations(of kind: Operation.Kind, componentId: String, trackId: String)
    throws(StoreError) -> Bool
  {
    try reader().hasOperations(of: kind, componentId: componentId, trackId: trackId)
  }
  package func cleanings(componentId: String, trackId: String, limit: Int) throws(StoreError)
    -> [Operation]
  {
    try reader().cleanings(componentId: componentId, trackId: trackId, limit: limit)
  }
  package func release(releaseDeploymentId: String) throws(StoreError) -> ReleaseRecord? {
    try reader().release(releaseDeploymentId: releaseDeploymentId)
  }
  package func databaseId() throws(StoreError) -> UniqueID {
    try reader().databaseId()
  }
  package func changes(after place: LogPlace, limit: Int) throws(StoreError) -> [LoggedChange]? {
    try reader().changes(after: place, limit: limit)
  }
  package func organizations(of changes: [LoggedChange]) throws(StoreError) -> [String?] {
    try reader().organizations(of: changes)
  }
  package func resumption(at bytes: [UInt8]) throws(StoreError) -> Resumption {
    try reader().resumption(at: bytes)
  }
  package func states(
    in scope: ChangeScope, after: (componentId: String, trackId: String)?, limit: Int
  ) throws(StoreError) -> TrackStates {
    try reader().states(in: scope, after: after, limit: limit)
  }

  package func trackWithDeletion(
    componentId: String, id: String
  ) throws(StoreError) -> TrackWithDeletion? {
    try reader().trackWithDeletion(componentId: componentId, id: id)
  }
  package func creationFacts(_ query: CreationFactsQuery) throws(StoreError) -> CreationFacts {
    try reader().creationFacts(query)
  }
  package func deletionFacts(
    componentId: String, trackId: String
  ) throws(StoreError) -> DeletionFacts? {
    try reader().deletionFacts(componentId: componentId, trackId: trackId)
  }
  package func catalogResources(
    at keys: Set<CatalogKey>
  ) throws(StoreError) -> [CatalogKey: CatalogResource] {
    try reader().catalogResources(at: keys)
  }
  package func saveFacts(_ query: SaveFactsQuery) throws(StoreError) -> SaveFacts {
    try reader().saveFacts(query)
  }
  package func deploymentFacts(
    _ query: DeploymentFactsQuery
  ) throws(StoreError) -> DeploymentFacts {
    try reader().deploymentFacts(query)
  }
  package func rollbackFacts(_ query: DeploymentFactsQuery) throws(StoreError) -> RollbackFacts {
    try reader().rollbackFacts(query)
  }
  package func parts(
    of deployments: [Deployment]
  ) throws(StoreError) -> [Result<DeploymentParts, StoreError>] {
    try reader().parts(of: deployments)
  }

  package func bindings(
    after key: BindingKey?, limit: Int
  ) throws(StoreError) -> [EnvironmentBinding] {
    try reader().bindings(after: key, limit: limit)
  }
  package func restore() throws(StoreError) -> StoreRestore? { try reader().restore() }
  package func restoreReport(limit: Int) throws(StoreError) -> RestoreReport? {
    try reader().restoreReport(limit: limit)
  }
  package func comparedLane(_ lane: String) throws(StoreError) -> ComparedLane? {
    try reader().comparedLane(lane)
  }
  package func hasDrift(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError) -> Bool {
    try reader().hasDrift(
      componentId: componentId, trackId: trackId, environmentId: environmentId)
  }
  package func restoredOperations(
    after id: String, limit: Int
  ) throws(StoreError) -> [Operation] {
    try reader().restoredOperations(after: id, limit: limit)
  }

  // MARK: Writing

  package func insertTrack(_ track: Track) throws(StoreError) {
    try transaction().insertTrack(track)
  }
  package func updateTrack(_ track: Track) throws(StoreError) {
    try transaction().updateTrack(track)
  }
  package func replaceEndpoints(of track: Track) throws(StoreError) {
    try transaction().replaceEndpoints(of: track)
  }
  package func deleteTrack(componentId: String, id: String) throws(StoreError) {
    try transaction().deleteTrack(componentId: componentId, id: id)
  }
  package func setLatestTrack(componentId: String, trackId: String) throws(StoreError) {
    try transaction().setLatestTrack(componentId: componentId, trackId: trackId)
  }
  package func insertConfigRevision(_ revision: ConfigRevision) throws(StoreError) {
    try transaction().insertConfigRevision(revision)
  }
  package func putCatalogResource(_ resource: CatalogResource) throws(StoreError) {
    try transaction().putCatalogResource(resource)
  }
  package func deleteCatalogResource(_ kind: CatalogKind, id: String) throws(StoreError) {
    try transaction().deleteCatalogResource(kind, id: id)
  }
  package func appendChange(_ change: Change) throws(StoreError) {
    try transaction().appendChange(change)
  }
  package func rememberRequest(_ request: RememberedRequest) throws(StoreError) {
    try transaction().rememberRequest(request)
  }
  package func noteRestore() throws(StoreError) {
    try transaction().noteRestore()
  }
  package func beginRestore(_ restore: StoreRestore) throws(StoreError) {
    try transaction().beginRestore(restore)
  }
  package func endRestore(at time: Timestamp, by cause: String) throws(StoreError) {
    try transaction().endRestore(at: time, by: cause)
  }
  package func beginComparison(_ number: Int64) throws(StoreError) {
    try transaction().beginComparison(number)
  }
  package func putDrift(_ drift: PlaceDrift, comparison: Int64) throws(StoreError) {
    try transaction().putDrift(drift, comparison: comparison)
  }
  package func endDrift(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError) {
    try transaction().endDrift(
      componentId: componentId, trackId: trackId, environmentId: environmentId)
  }
  package func endComparison(_ number: Int64, _ lanes: [ComparedLane]) throws(StoreError) {
    try transaction().endComparison(number, lanes)
  }
  package func insertImage(_ image: TrackImage) throws(StoreError) {
    try transaction().insertImage(image)
  }
  package func updateImage(_ image: TrackImage) throws(StoreError) {
    try transaction().updateImage(image)
  }
  package func insertDeployment(_ deployment: Deployment) throws(StoreError) {
    try transaction().insertDeployment(deployment)
  }
  package func updateDeployment(_ deployment: Deployment) throws(StoreError) {
    try transaction().updateDeployment(deployment)
  }
  package func putBinding(_ binding: EnvironmentBinding) throws(StoreError) {
    try transaction().putBinding(binding)
  }
  package func insertOperation(_ operation: Operation) throws(StoreError) {
    try transaction().insertOperation(operation)
  }
  package func updateOperation(_ operation: Operation) throws(StoreError) {
    try transaction().updateOperation(operation)
  }
  package func claimOperation(_ operation: Operation) throws(StoreError) {
    try transaction().claimOperation(operation)
  }
  package func deleteOperation(_ operation: Operation) throws(StoreError) {
    try transaction().deleteOperation(operation)
  }
  package func putOffOperation(id: String, until time: Timestamp, by owner: UniqueID)
    throws(StoreError)
  {
    try transaction().putOffOperation(id: id, until: time, by: owner)
  }
  package func renewLeases(of owner: UniqueID, until time: Timestamp) throws(StoreError) {
    try transaction().renewLeases(of: owner, until: time)
  }
  package func putLaneLease(_ lease: LaneLease, after former: LaneLease?) throws(StoreError) {
    try transaction().putLaneLease(lease, after: former)
  }
  package func renewLaneLease(of lane: String, owner: UniqueID, until time: Timestamp)
    throws(StoreError)
  {
    try transaction().renewLaneLease(of: lane, owner: owner, until: time)
  }
  package func endLaneLeases(of owner: UniqueID, in lane: String?) throws(StoreError) {
    try transaction().endLaneLeases(of: owner, in: lane)
  }
  package func endLeases(_ selection: LeaseSelection) throws(StoreError) {
    try transaction().endLeases(selection)
  }
  package func recordEnd(_ end: OperationEnd) throws(StoreError) {
    try transaction().recordEnd(end)
  }
  package func putRelease(_ record: ReleaseRecord) throws(StoreError) {
    try transaction().putRelease(record)
  }
  package func purgeTrack(componentId: String, trackId: String, limit: Int) throws(StoreError) {
    try transaction().purgeTrack(componentId: componentId, trackId: trackId, limit: limit)
  }
  package func auditRecords(_ query: AuditQuery) throws(StoreError) -> [AuditRecord] {
    try reader().auditRecords(query)
  }
  package func auditStart(_ query: AuditQuery) throws(StoreError) -> Int64? {
    try reader().auditStart(query)
  }
  package func auditExtent() throws(StoreError) -> AuditExtent { try reader().auditExtent() }
  package func auditLogged() throws(StoreError) -> Int64 { try reader().auditLogged() }
  package func recordAudit(_ event: AuditEvent) throws(StoreError) {
    try transaction().recordAudit(event)
  }
  package func takeOverAudit(at time: Timestamp) throws(StoreError) {
    try transaction().takeOverAudit(at: time)
  }
  package func noteAuditLogged(_ sequence: Int64) throws(StoreError) {
    try transaction().noteAuditLogged(sequence)
  }
}
