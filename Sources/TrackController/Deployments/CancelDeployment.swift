import TrackDomain

/// The request to cancel a deployment.
public struct CancelDeployment: Sendable {
  public var componentId: String
  public var trackId: String
  public var deploymentId: String
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, deploymentId: String,
    options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.deploymentId = deploymentId
    self.options = options
  }
}

extension CancelDeployment: Mutation {
  var method: RequestMethod { .cancelDeployment }

  func combine(into digest: inout Digest) {
    digest.combine(componentId)
    digest.combine(trackId)
    digest.combine(deploymentId)
  }

  func check() throws(DomainError) {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    violations.collectId("deployment_id", deploymentId)
    try violations.check()
  }

  var namedComponentId: String? { componentId }

  func plan(_ checked: Void, _ context: PlanContext) throws -> Plan<Deployment> {
    let reader = context.reader
    let tracks = try TrackChanges(context, componentId: componentId)
    let track = try tracks.existing(trackId, etag: "", reader)
    guard let deployment = try reader.deployment(componentId: componentId, id: deploymentId),
      deployment.trackId == track.id
    else { throw DomainError.deploymentNotFound(trackId: trackId, deploymentId: deploymentId) }
    if deployment.state.isFinal {
      throw DomainError.deploymentEnded(deploymentId, state: deployment.state)
    }
    if let operation = try reader.operation(id: deploymentId), operation.step >= .publishing {
      throw DomainError.deploymentPublishing(deploymentId)
    }
    let changes = DeploymentChanges(context, component: tracks.component)
    return Plan(
      response: changes.ended(deployment, as: .cancelled),
      encodedResponse: Snapshot.encode(deploymentId), changing: changes.subject(deployment)
    ) { (transaction: any StoreTransaction) throws(StoreError) in
      try changes.end(deployment, as: .cancelled, transaction)
      try changes.hurry(after: deployment, transaction)
    }
  }

  /// That the deployment which the request names is cancelled.
  func withoutNames(_ deployment: Deployment) -> Deployment {
    Deployment(
      id: deployment.id, componentId: deployment.componentId, trackId: deployment.trackId,
      environmentId: "", imageId: "", kind: deployment.kind, state: deployment.state,
      configRevision: 0, actor: Principal(name: "", isVerified: false),
      createdAt: deployment.createdAt, endedAt: deployment.endedAt)
  }

  /// The deployment as it is now. A cancelled deployment no longer changes, but it may be gone.
  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Deployment {
    guard let deployment = try reader.deployment(componentId: componentId, id: deploymentId) else {
      throw DomainError.deploymentNotFound(trackId: trackId, deploymentId: deploymentId)
    }
    return deployment
  }
}
