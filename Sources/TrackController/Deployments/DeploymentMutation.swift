import TrackDomain

/// A call that makes a deployment.
protocol DeploymentMutation: Mutation where Checked == Void, Response == DeploymentAnswer {
  var request: DeploymentRequest { get }
}

extension DeploymentMutation {
  var options: MutationOptions { request.options }

  func combine(into digest: inout Digest) {
    request.combine(into: &digest)
  }

  var namedComponentId: String? { request.componentId }

  func plan(
    _ accepted: AcceptedDeployment, _ answer: DeploymentAnswer, _ changes: DeploymentChanges
  ) -> Plan<DeploymentAnswer> {
    var subject = changes.subject(accepted.deployment)
    if accepted.deployment.holdsAutoDeploy { subject.changedFields = ["auto_deploy_held_by"] }
    if !accepted.deployment.bypassReason.isEmpty { subject.reason = "BYPASSED" }
    return Plan(
      response: answer, encodedResponse: Snapshot.encode(accepted.deployment.id),
      changing: subject, apply: accepted.apply)
  }

  func withoutNames(_ response: DeploymentAnswer) -> DeploymentAnswer {
    DeploymentAnswer(response.deployment, nil)
  }

  /// The deployment as it is now.
  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> DeploymentAnswer {
    let id = try Snapshot.text(bytes)
    guard let deployment = try reader.deployment(componentId: request.componentId, id: id) else {
      throw DomainError.deploymentNotFound(trackId: request.trackId, deploymentId: id)
    }
    return try DeploymentAnswer(deployment, reader)
  }
}
