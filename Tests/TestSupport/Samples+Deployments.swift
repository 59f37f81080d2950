package import TrackDomain

extension Samples {
  package static func image(
    _ id: String, of trackId: String = "t1", component componentId: String = "cart",
    commit: String = "", at microseconds: Int64 = 0
  ) -> TrackImage {
    TrackImage(
      id: id, componentId: componentId, trackId: trackId, savedTrackId: trackId,
      branch: trackId.isEmpty ? "main" : "",
      images: [
        ContainerImage(
          name: "app", reference: "registry.example/cart:\(id)",
          digest: "sha256:" + String(repeating: "0a", count: 32))
      ],
      commitHash: commit, committedAt: commit.isEmpty ? nil : time(-5), gitopsHash: "0f",
      runId: "run-\(id)", apiDefinitionPath: "openapi.yaml", ports: [8080, 9090],
      createdAt: time(microseconds), updatedAt: time(microseconds), createdBy: "ci")
  }

  package static func deployment(
    _ id: String, of imageId: String = "i1", track trackId: String = "t1",
    component componentId: String = "cart", into environmentId: String = "dev",
    state: DeploymentState = .queued, at microseconds: Int64 = 0
  ) -> Deployment {
    Deployment(
      id: id, componentId: componentId, trackId: trackId, environmentId: environmentId,
      imageId: imageId, kind: .deploy, state: state, configRevision: 1,
      apiSettings: APISettings(securitySchemes: ["OAUTH"]), reason: "because", actor: actor,
      createdAt: time(microseconds), startedAt: state == .queued ? nil : time(microseconds + 1),
      endedAt: state.isFinal ? time(microseconds + 2) : nil)
  }

  package static func operation(
    for deployment: Deployment, at microseconds: Int64 = 0
  ) -> Operation {
    Operation(
      id: deployment.id, kind: .deployment, componentId: deployment.componentId,
      trackId: deployment.trackId, environmentId: deployment.environmentId,
      dueAt: time(microseconds), createdAt: time(microseconds), actor: actor)
  }

  package static let executor = UniqueID(high: 1, low: 1)

  package static func lease(of owner: UniqueID = executor, until microseconds: Int64 = 100) -> Lease
  {
    Lease(owner: owner, expiresAt: time(microseconds))
  }

  package static func deletion(
    _ id: String, of trackId: String = "t1", component componentId: String = "cart"
  ) -> Operation {
    Operation(
      id: id, kind: .trackDeletion, componentId: componentId, trackId: trackId, dueAt: time(),
      createdAt: time(), actor: actor)
  }

  package static func cleaning(
    _ id: String, of trackId: String = "t1", in environmentId: String = "dev",
    movedBy deploymentId: String = "d1"
  ) -> Operation {
    Operation(
      id: id, kind: .placeCleaning, componentId: "cart", trackId: trackId,
      environmentId: environmentId, dueAt: time(), createdAt: time(), actor: actor,
      left: Operation.LeftPlace(place("old"), movedBy: deploymentId))
  }

  package static func place(_ path: String) -> DeploymentPlace {
    DeploymentPlace(repositoryURL: "https://git.example/ops.git", branch: "main", path: path)
  }

  package static func binding(
    _ trackId: String = "t1", component componentId: String = "cart",
    in environmentId: String = "dev", deployment: String = "", image: String = "",
    heldBy: String = "", place: DeploymentPlace? = nil
  ) -> EnvironmentBinding {
    EnvironmentBinding(
      componentId: componentId, trackId: trackId, environmentId: environmentId,
      currentDeploymentId: deployment, currentImageId: image, heldBy: heldBy, place: place)
  }

  package static func release(
    _ id: String, track trackId: String = "t1", status: ReleaseStatus = .pending
  ) -> ReleaseRecord {
    ReleaseRecord(
      releaseId: "release-\(id)", releaseDeploymentId: id, componentId: "cart", trackId: trackId,
      environmentId: "dev", imageId: "i1", status: status, createdAt: time(), updatedAt: time(1))
  }

  /// A catalog and two tracks of the component `cart`, of which `t2` is the latest.
  package static func putTracks(_ transaction: any StoreTransaction) throws(StoreError) {
    try putCatalog(transaction)
    try create(track("t1"), in: transaction)
    try create(track("t2", branch: "next"), in: transaction)
  }
}

extension StoreTransaction {
  /// Deletes an operation, whichever executor has its lease.
  package func deleteOperation(id: String) throws(StoreError) {
    if let operation = try operation(id: id) { try deleteOperation(operation) }
  }
}
