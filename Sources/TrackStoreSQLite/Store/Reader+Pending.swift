import TrackDomain

extension Reader {
  func configRevision(
    componentId: String, trackId: String, number: Int32
  ) throws(StoreError) -> ConfigRevision? { throw StoreError(.failed, "pending") }

  func image(componentId: String, id: String) throws(StoreError) -> TrackImage? { throw StoreError(.failed, "pending") }

  func image(
    componentId: String, savedTrackId: String, runId: String
  ) throws(StoreError) -> TrackImage? { throw StoreError(.failed, "pending") }

  func images(_ query: ImageQuery) throws(StoreError) -> ImagePage { throw StoreError(.failed, "pending") }

  func unversionedImages(componentId: String, limit: Int) throws(StoreError) -> [TrackImage] { throw StoreError(.failed, "pending") }

  func currentImages(
    componentId: String, trackId: String, commitHash: String, limit: Int
  ) throws(StoreError) -> [TrackImage] { throw StoreError(.failed, "pending") }

  func deployment(componentId: String, id: String) throws(StoreError) -> Deployment? { throw StoreError(.failed, "pending") }

  func deployments(_ query: DeploymentQuery) throws(StoreError) -> DeploymentPage { throw StoreError(.failed, "pending") }

  func unfinishedDeployments(
    componentId: String, trackId: String, environmentId: String?
  ) throws(StoreError) -> [Deployment] { throw StoreError(.failed, "pending") }

  func wasDeployed(
    componentId: String, trackId: String, imageId: String
  ) throws(StoreError) -> Bool { throw StoreError(.failed, "pending") }

  func binding(
    componentId: String, trackId: String, environmentId: String
  ) throws(StoreError) -> EnvironmentBinding? { throw StoreError(.failed, "pending") }

  func bindings(componentId: String, trackId: String) throws(StoreError) -> [EnvironmentBinding] { throw StoreError(.failed, "pending") }

  func operation(id: String) throws(StoreError) -> Operation? { throw StoreError(.failed, "pending") }

  func deletion(componentId: String, trackId: String) throws(StoreError) -> Operation? { throw StoreError(.failed, "pending") }

  func dueOperations(at now: Timestamp, limit: Int) throws(StoreError) -> [Operation] { throw StoreError(.failed, "pending") }

  func nextOperationDue() throws(StoreError) -> Timestamp? { throw StoreError(.failed, "pending") }

  func release(releaseDeploymentId: String) throws(StoreError) -> ReleaseRecord? { throw StoreError(.failed, "pending") }

  func databaseId() throws(StoreError) -> UniqueID { throw StoreError(.failed, "pending") }

  func newestChange() throws(StoreError) -> Int64 { throw StoreError(.failed, "pending") }

  func oldestChange() throws(StoreError) -> Int64? { throw StoreError(.failed, "pending") }

  func tracks(
    in scope: ChangeScope, after: (componentId: String, trackId: String)?, limit: Int
  ) throws(StoreError) -> [Track] { throw StoreError(.failed, "pending") }
}
