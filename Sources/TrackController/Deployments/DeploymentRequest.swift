public import TrackDomain

/// The request to deploy an image of a track, or to roll back to one.
public struct DeploymentRequest: Sendable {
  public var componentId: String
  public var trackId: String
  /// Empty for a rollback to the newest deployment that can be restored.
  public var imageId: String
  /// Empty: the first of the pipeline.
  public var environmentId: String
  /// Empty: the component's default one.
  public var pipelineId: String
  /// For this deployment only; nil: those of the track, or of the restored deployment.
  public var apiSettings: APISettings?
  /// A release that release management made earlier; both ids, or both empty.
  public var releaseIds: ReleaseIds
  public var reason: String
  public var bypassReason: String
  /// Empty: no check.
  public var expectedCurrentDeploymentId: String
  public var options: MutationOptions
  /// The build service's answer about the image; nil where it is unknown.
  var build: BuildStatus?

  public init(
    componentId: String, trackId: String, imageId: String = "", environmentId: String = "",
    pipelineId: String = "", apiSettings: APISettings? = nil,
    releaseIds: ReleaseIds = ReleaseIds(releaseId: "", releaseDeploymentId: ""),
    reason: String = "", bypassReason: String = "", expectedCurrentDeploymentId: String = "",
    options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.imageId = imageId
    self.environmentId = environmentId
    self.pipelineId = pipelineId
    self.apiSettings = apiSettings
    self.releaseIds = releaseIds
    self.reason = reason
    self.bypassReason = bypassReason
    self.expectedCurrentDeploymentId = expectedCurrentDeploymentId
    self.options = options
  }
}

extension DeploymentRequest {
  func combine(into digest: inout Digest) {
    for text in [
      componentId, trackId, imageId, environmentId, pipelineId, releaseIds.releaseId,
      releaseIds.releaseDeploymentId, reason, bypassReason, expectedCurrentDeploymentId,
    ] {
      digest.combine(text)
    }
    digest.combine(apiSettings != nil)
    apiSettings?.combine(into: &digest)
  }

  /// Checks the form of all fields.
  func check(isImageRequired: Bool) throws(DomainError) {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    if isImageRequired || !imageId.isEmpty { violations.collectId("image_id", imageId) }
    for (field, id) in [
      ("environment_id", environmentId), ("deployment_pipeline_id", pipelineId),
      ("expected_current_deployment_id", expectedCurrentDeploymentId),
    ] where !id.isEmpty {
      violations.collectId(field, id)
    }
    checkReleaseIds(&violations)
    for (field, text) in [("reason", reason), ("bypass_reason", bypassReason)] {
      _ = violations.collect(field) { () throws(InvalidValue) in try TextRule.reason.check(text) }
    }
    if let apiSettings { APISettingsRules.check(apiSettings, &violations) }
    try violations.check()
  }

  private func checkReleaseIds(_ violations: inout Violations) {
    let ids = [
      ("release_mgt_release_id", releaseIds.releaseId),
      ("release_mgt_deployment_id", releaseIds.releaseDeploymentId),
    ]
    if let missing = ids.first(where: { $0.1.isEmpty }), ids.contains(where: { !$0.1.isEmpty }) {
      violations.add(missing.0, InvalidValue(.invalidRelease, "must come with the other id"))
    }
    for (field, id) in ids {
      _ = violations.collect(field) { () throws(InvalidValue) in try TextRule.release.check(id) }
    }
  }

  /// The caller's release, if it named one; refused for mediation components, which have none.
  func releaseIds(of component: Component) throws(DomainError) -> ReleaseIds? {
    if releaseIds.releaseId.isEmpty { return nil }
    guard component.type != .apiProxy else {
      throw DomainError.invalid(
        "release_mgt_release_id",
        InvalidValue(.invalidRelease, "must be empty: API proxies have no releases"))
    }
    return releaseIds
  }

  /// What the store is asked for.
  var query: DeploymentFactsQuery {
    DeploymentFactsQuery(
      componentId: componentId, trackId: trackId, environmentId: environmentId,
      pipelineId: pipelineId, imageId: imageId)
  }

  /// The track that the request is about, and the rules for its deployments.
  ///
  /// - Parameter read: asks the store; not done when there is no such component.
  func acceptance(
    _ context: PlanContext, _ read: (DeploymentFactsQuery) throws -> DeploymentFacts
  ) throws -> DeploymentAcceptance {
    let changes = try TrackChanges(context, componentId: componentId)
    let facts = try read(query)
    let track = try changes.existing(trackId, etag: "", facts.track)
    return DeploymentAcceptance(
      context, component: changes.component, track: track, query, facts)
  }
}
