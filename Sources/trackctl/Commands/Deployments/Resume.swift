import TrackMessages

extension Command {
  static let resume = Command(
    CommandSpec(
      path: ["resume"], summary: "Let auto-deploy go on in an environment after a rollback.",
      details: "Images that were saved in the meantime stay undeployed; the next one is deployed.",
      operands: [
        CommonOperands.component, CommonOperands.track,
        Operand(name: "ENVIRONMENT", help: "the environment's id", names: .environment),
      ],
      flags: CommonFlags.mutation,
      examples: [("trackctl resume cart v1.2 development", "after the bug is found")])
  ) { arguments, session in
    let response = try await session.connected { api in
      var request = ResumeAutoDeployRequest()
      request.componentId = arguments.operands[0]
      request.deploymentTrackId = try await api.trackId(
        arguments.operands[0], arguments.operands[1])
      request.environmentId = arguments.operands[2]
      request.takeMutationFlags(arguments)
      return try await api.tracks.resumeAutoDeploy(request, options: api.options)
    }
    let environment = arguments.operands[2]
    try session.output.show(
      response,
      response.resumed
        ? Deed("let auto-deploy into \(environment) go on", done: "auto-deploy goes on")
        : Deed(
          "change nothing: nothing holds auto-deploy into \(environment)",
          done: "nothing held auto-deploy there"))
    return .success
  }
}
