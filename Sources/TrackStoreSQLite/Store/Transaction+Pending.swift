import TrackDomain

extension Transaction {
  func insertImage(_ image: TrackImage) throws(StoreError) { throw StoreError(.failed, "pending") }

  func updateImage(_ image: TrackImage) throws(StoreError) { throw StoreError(.failed, "pending") }

  func insertDeployment(_ deployment: Deployment) throws(StoreError) -> Deployment { throw StoreError(.failed, "pending") }

  func updateDeployment(_ deployment: Deployment) throws(StoreError) { throw StoreError(.failed, "pending") }

  func putBinding(_ binding: EnvironmentBinding) throws(StoreError) { throw StoreError(.failed, "pending") }

  func insertOperation(_ operation: Operation) throws(StoreError) { throw StoreError(.failed, "pending") }

  func updateOperation(_ operation: Operation) throws(StoreError) { throw StoreError(.failed, "pending") }

  func deleteOperation(id: String) throws(StoreError) { throw StoreError(.failed, "pending") }

  func voidLeases() throws(StoreError) { throw StoreError(.failed, "pending") }

  func putRelease(_ record: ReleaseRecord) throws(StoreError) { throw StoreError(.failed, "pending") }

  func purgeTrack(componentId: String, trackId: String, limit: Int) throws(StoreError) -> Bool { throw StoreError(.failed, "pending") }
}
