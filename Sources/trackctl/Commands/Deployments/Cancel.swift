import TrackMessages

extension Command {
  static let cancel = Command(
    CommandSpec(
      path: ["cancel"], summary: "Cancel a deployment that is not being published yet.",
      operands: [
        CommonOperands.component, CommonOperands.track,
        Operand(name: "DEPLOYMENT", help: "its id, or the beginning of it", names: .deployment),
      ],
      flags: CommonFlags.mutation,
      examples: [("trackctl cancel cart v1.2 5e0c71d2", "the id is in trackctl history")])
  ) { arguments, session in
    let response = try await session.connected { api in
      var request = CancelDeploymentRequest()
      request.componentId = arguments.operands[0]
      request.deploymentTrackId = try await api.trackId(
        arguments.operands[0], arguments.operands[1])
      request.deploymentId = try await api.deploymentId(
        request.componentId, request.deploymentTrackId, arguments.operands[2])
      request.takeMutationFlags(arguments)
      return try await api.tracks.cancelDeployment(request, options: api.options)
    }
    let deployment = response.deployment ?? Deployment()
    try session.output.show(
      response,
      Deed(
        "cancel deployment \(deployment.id) into \(deployment.environmentId)",
        details: session.output.isCheck ? deployment.plan.text : deployment.fields.text))
    return .success
  }
}
