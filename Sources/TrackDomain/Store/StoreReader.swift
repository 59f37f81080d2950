/// Reads one consistent state of a store. Valid only in the closure it was given to.
///
/// Every call looks at a bounded number of rows; costs do not grow with the tables.
public protocol StoreReader {
  /// The track with its endpoints, or nil.
  func track(componentId: String, id: String) throws(StoreError) -> Track?

  /// One page of tracks; empty for a component that does not exist.
  func tracks(_ query: TrackQuery) throws(StoreError) -> TrackPage

  /// The number of tracks of the component, counted up to `limit`.
  func trackCount(componentId: String, upTo limit: Int) throws(StoreError) -> Int

  /// The id of the component's track of that version, or nil.
  func trackId(componentId: String, version: APIVersion) throws(StoreError) -> String?

  /// The id of the component's track without a version on that branch, or nil.
  func trackId(componentId: String, unversionedBranch: String) throws(StoreError) -> String?

  /// The track that is to be the latest when `trackId` is gone: the highest version, of equal ones
  /// the newest. Nil when there is no other.
  func latestCandidate(componentId: String, without trackId: String) throws(StoreError) -> Track?

  /// The component with its organization and its latest track, or nil.
  func component(_ id: String) throws(StoreError) -> ComponentContext?

  /// A resource of the catalog, or nil.
  func catalogResource(_ kind: CatalogKind, id: String) throws(StoreError) -> CatalogResource?

  /// Resources of one type in the byte order of their ids, from the one after `after` on ("" is the
  /// start): those of `parentId`, or all where the type has no parent.
  func catalogResources(
    _ kind: CatalogKind, parentId: String?, after: String, limit: Int
  ) throws(StoreError) -> [CatalogResource]

  /// Whether something refers to the resource: projects to an organization; components,
  /// environments and pipelines to a project; tracks to a component; pipelines to an environment;
  /// components (as their default) to a pipeline.
  func isInUse(_ kind: CatalogKind, id: String) throws(StoreError) -> Bool

  /// What is remembered under that key, however old.
  func request(_ key: RequestKey) throws(StoreError) -> RememberedRequest?

  /// The configurations of a track with these numbers and above, ascending.
  func configRevisions(
    componentId: String, trackId: String, from number: Int32, limit: Int
  ) throws(StoreError) -> [ConfigRevision]

  /// The changes after a place in the log ("0" is the start), ascending.
  func changes(after sequence: Int64, limit: Int) throws(StoreError) -> [LoggedChange]
}
