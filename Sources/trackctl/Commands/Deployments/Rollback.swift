import RPC
import TrackMessages

extension Command {
  private static let image = Flag(
    "image", .text("IMAGE"), names: .image, "go back to this image, which ran there before")
  private static let yes = Flag(
    "yes", "do not ask when the last deployment failed, and an earlier, good one is undone")

  static let rollback = Command(
    CommandSpec(
      path: ["rollback"], summary: "Bring back what ran in an environment before.",
      details: """
        Without --image, the target is the last successful deployment that differs from the current
        one and was not itself rolled back; its image and configuration come back together.
        Afterwards auto-deploy is held in the environment, until somebody deploys there or runs
        trackctl resume.

        stderr shows which deployment goes and which one comes. A failed deployment is never active:
        a rollback after one undoes the good deployment before it, so trackctl asks first. Without a
        terminal and without --yes, it then ends with status 4.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [image, yes] + DeployFlags.all,
      examples: [
        (
          "trackctl rollback cart v1.2 --environment production --reason 'errors since 14:02'",
          "undo the last deployment"
        )
      ])
  ) { arguments, session in
    var request = RollBackDeploymentTrackRequest(try DeployFlags.request(arguments))
    let planned = try await session.connected { api in
      let track = try await api.trackId(request.componentId, arguments.operands[1])
      request.deploymentTrackId = track
      if let operand = arguments.text(image) {
        request.imageId = try await api.imageId(request.componentId, track, operand)
      }
      return try await preview(of: request, api)
    }
    if let planned, planned.failed != nil, !arguments.has(yes), !request.validateOnly {
      guard confirms(planned, session) else { return .refused }
      // Binds the rollback to the deployment that the user saw. A request with an id must not
      // change.
      if request.requestId.isEmpty {
        request.expectedCurrentDeploymentId = planned.rolledBack?.id ?? ""
      }
    }
    let response = try await session.connected { api in
      try await api.tracks.rollBackDeploymentTrack(request, options: api.options)
    }
    session.output.note(request.validateOnly ? response.plannedExchange : response.exchange)
    session.output.note(warnings: response.warnings)
    return try await DeploymentWaiter(session, arguments)
      .finish(
        response.deployment ?? Deployment(), arguments,
        "roll back \(response.deployment?.environmentId ?? "") to image "
          + Words.short(response.deployment?.imageId ?? ""))
  }

  /// The effect of the rollback. Nil when the check fails for a request with an id: the server may
  /// have answered that request before, and then answers it again.
  private static func preview(
    of request: RollBackDeploymentTrackRequest, _ api: API
  ) async throws -> RollBackDeploymentTrackResponse? {
    var check = request
    check.validateOnly = true
    do {
      return try await api.tracks.rollBackDeploymentTrack(check, options: api.options)
    } catch is RPCError where !request.requestId.isEmpty {
      return nil
    }
  }

  /// Asks the user whether to undo the active deployment, although the failed one is another.
  private static func confirms(
    _ preview: RollBackDeploymentTrackResponse, _ session: Session
  ) -> Bool {
    session.output.note(
      "deployment \(Words.short(preview.failed?.id ?? "")) failed, and nothing of it is active: "
        + "a rollback undoes the good one before it")
    session.output.note(preview.exchange)
    guard Question.canBeAsked else {
      session.output.note("trackctl: not rolled back, because there is nobody to ask")
      session.output.note("next: --yes rolls back without asking")
      return false
    }
    if Question.isAnsweredYes("roll back all the same?") { return true }
    session.output.note("not rolled back")
    return false
  }
}

extension RollBackDeploymentTrackResponse {
  /// The deployment that the rollback undoes, and the one that it restores.
  fileprivate var exchange: String {
    "goes: \(Self.text(rolledBack)); comes: \(Self.text(restored))"
  }

  /// The same for a check without effect.
  fileprivate var plannedExchange: String {
    "would go: \(Self.text(rolledBack)); would come: \(Self.text(restored))"
  }

  private static func text(_ deployment: Deployment?) -> String {
    guard let deployment else { return "nothing" }
    let image = "image \(Words.short(deployment.imageId))"
    let what = "deployment \(Words.short(deployment.id)) of \(Words.time(deployment.createdAt))"
    return deployment.configRevision == 0
      ? "\(image), \(what)" : "\(image), \(what), configuration \(deployment.configRevision)"
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
