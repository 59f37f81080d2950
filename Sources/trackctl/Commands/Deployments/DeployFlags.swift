import TrackMessages

/// Common flags of deploying, promoting and rolling back.
enum DeployFlags {
  static let environment = Flag(
    "environment", .text("ID"), names: .environment, "into this environment [the pipeline's first]")
  static let pipeline = Flag(
    "pipeline", .text("ID"), names: .pipeline,
    "by this deployment pipeline [the component's default]")
  static let reason = Flag("reason", .text("TEXT"), "why, for the history")
  static let bypass = Flag(
    "bypass-reason", .text("TEXT"),
    "why the order is not kept, or required variables have no value, for the history")
  static let expected = Flag(
    "expect-current", .text("ID"), names: .deployment,
    "only if this deployment is still the active one there, and none is on its way")
  static let settings = Flag(
    "api-settings", .file("FILE"), "API settings for this deployment only, as JSON")
  static let release = Flag(
    "release", .text("ID"), "a release that release management has already")
  static let releaseDeployment = Flag(
    "release-deployment", .text("ID"), "the deployment of that release")

  static let all =
    [environment, pipeline, reason, bypass, expected, settings, release, releaseDeployment]
    + DeploymentWaiter.flags + CommonFlags.mutation

  /// The request that the flags make, still without track and image.
  static func request(_ arguments: Arguments) throws -> DeployDeploymentTrackRequest {
    var request = DeployDeploymentTrackRequest()
    request.componentId = arguments.operands[0]
    request.environmentId = arguments.text(environment) ?? ""
    request.deploymentPipelineId = arguments.text(pipeline) ?? ""
    request.reason = arguments.text(reason) ?? ""
    request.bypassReason = arguments.text(bypass) ?? ""
    request.expectedCurrentDeploymentId = arguments.text(expected) ?? ""
    if let file = arguments.text(settings) {
      request.apiSettings = try TextFile.message(file, arguments)
    }
    request.releaseMgtReleaseId = arguments.text(release) ?? ""
    request.releaseMgtDeploymentId = arguments.text(releaseDeployment) ?? ""
    request.takeMutationFlags(arguments)
    return request
  }
}
