import TrackDomain

/// Accepts the deployment of an image.
struct DeployTrack: DeploymentMutation {
  let request: DeploymentRequest

  var method: RequestMethod { .deployDeploymentTrack }

  func check() throws(DomainError) {
    try request.check(isImageRequired: true)
  }

  func plan(_ checked: Void, _ context: PlanContext) throws -> Plan<DeploymentAnswer> {
    let acceptance = try request.acceptance(context, context.reader.deploymentFacts)
    let image = try acceptance.image()
    let target = try acceptance.target()
    try acceptance.checkExpectation(request.expectedCurrentDeploymentId, target)
    let draft = DeploymentDraft(
      image: image, kind: .deploy,
      releaseIds: try request.releaseIds(of: acceptance.changes.component.component),
      apiSettings: request.apiSettings, reason: request.reason, bypassReason: request.bypassReason,
      expectedCurrentId: request.expectedCurrentDeploymentId, build: request.build)
    let accepted = try acceptance.plan(draft, into: target)
    return plan(
      accepted, DeploymentAnswer(accepted.deployment, acceptance.facts.configs),
      acceptance.changes)
  }
}
