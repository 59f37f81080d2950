import TrackMessages

extension Command {
  private static let image = Flag(
    "image", .text("IMAGE"), "go back to this image, which ran there before")

  static let rollback = Command(
    CommandSpec(
      path: ["rollback"], summary: "Bring back what ran in an environment before.",
      details: """
        Without --image that is the last successful deployment that differs from the current one and
        was not itself rolled back; image and configuration come back together. Auto-deploy is held
        in the environment afterwards, until somebody deploys there or trackctl resume.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [image] + DeployFlags.all,
      examples: [
        (
          "trackctl rollback cart v1.2 --environment production --reason 'errors since 14:02'",
          "undo the last deployment"
        )
      ])
  ) { arguments, session in
    let flags = try DeployFlags.request(arguments)
    let accepted = try await session.connected { api in
      let track = try await api.trackId(flags.componentId, arguments.operands[1])
      var request = RollBackDeploymentTrackRequest(flags)
      request.deploymentTrackId = track
      if let operand = arguments.text(image) {
        request.imageId = try await api.imageId(flags.componentId, track, operand)
      }
      return try await api.tracks.rollBackDeploymentTrack(request, options: api.options)
    }
    return try await DeploymentWaiter(session, arguments)
      .finish(accepted.deployment ?? Deployment(), arguments)
  }
}

extension RollBackDeploymentTrackRequest {
  /// Both requests have the same fields.
  fileprivate init(_ request: DeployDeploymentTrackRequest) {
    self.init()
    componentId = request.componentId
    environmentId = request.environmentId
    deploymentPipelineId = request.deploymentPipelineId
    reason = request.reason
    bypassReason = request.bypassReason
    expectedCurrentDeploymentId = request.expectedCurrentDeploymentId
    apiSettings = request.apiSettings
    releaseMgtReleaseId = request.releaseMgtReleaseId
    releaseMgtDeploymentId = request.releaseMgtDeploymentId
    requestId = request.requestId
    validateOnly = request.validateOnly
  }
}
