import TrackDomain

/// The request to lift the hold on auto-deploy in an environment.
public struct ResumeAutoDeploy: Sendable {
  public var componentId: String
  public var trackId: String
  public var environmentId: String
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, environmentId: String,
    options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.options = options
  }
}

extension ResumeAutoDeploy: Mutation {
  var method: RequestMethod { .resumeAutoDeploy }

  func combine(into digest: inout Digest) {
    digest.combine(componentId)
    digest.combine(trackId)
    digest.combine(environmentId)
  }

  func check() throws(DomainError) {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    violations.collectId("environment_id", environmentId)
    try violations.check()
  }

  var namedComponentId: String? { componentId }

  func plan(_ checked: Void, _ context: PlanContext) throws -> Plan<Bool> {
    let tracks = try TrackChanges(context, componentId: componentId)
    let facts = try context.reader.deploymentFacts(
      DeploymentFactsQuery(
        componentId: componentId, trackId: trackId, environmentId: environmentId))
    _ = try tracks.existing(trackId, etag: "", facts.track)
    _ = try DeploymentTarget.environment(
      environmentId, of: tracks.component.component, facts)
    guard let held = facts.binding, !held.heldBy.isEmpty else {
      return Plan(response: false, encodedResponse: Snapshot.encode(""))
    }
    let changes = DeploymentChanges(context, component: tracks.component)
    let subject = AuditSubject(
      trackOf: tracks.component, trackId, "environments/\(environmentId)",
      environmentId: environmentId, changedFields: ["auto_deploy_held_by"])
    return Plan(
      response: true, encodedResponse: Snapshot.encode("resumed"), changing: subject
    ) { (transaction: any StoreTransaction) throws(StoreError) in
      var binding = held
      try changes.liftHold(&binding, transaction)
      try transaction.putBinding(binding)
    }
  }

  func withoutNames(_ hadHold: Bool) -> Bool { hadHold }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Bool {
    try !Snapshot.text(bytes).isEmpty
  }
}
