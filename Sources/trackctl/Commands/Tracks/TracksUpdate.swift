import Protobuf
import TrackMessages

extension Command {
  private static let branch = Flag("branch", .text("BRANCH"), "link this Git branch")
  private static let unlink = Flag("unlink", "link no branch any more; turns auto-deploy off too")
  private static let description = Flag("description", .text("TEXT"), "what people read")
  private static let autoDeploy = Flag(
    "auto-deploy", .choice(["on", "off"]), "whether new images are deployed without being asked for"
  )

  static let tracksUpdate = Command(
    CommandSpec(
      path: ["tracks", "update"], summary: "Change the branch, the description or auto-deploy.",
      details: "Fields without a flag stay as they are. --description '' removes the description.",
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [branch, unlink, description, autoDeploy, CommonFlags.etag] + CommonFlags.mutation,
      examples: [
        ("trackctl tracks update cart v1.2 --auto-deploy off", "stop deploying by itself"),
        ("trackctl tracks update cart v1.2 --branch main", "feed it from another branch"),
      ])
  ) { arguments, session in
    guard [branch, unlink, description, autoDeploy].contains(where: { arguments.has($0) }) else {
      throw arguments.usage("nothing is to be changed")
    }
    guard !arguments.has(branch) || !arguments.has(unlink) else {
      throw arguments.usage("--branch and --unlink contradict each other")
    }
    let response = try await session.connected { api in
      let request = try await request(arguments, api)
      return try await api.tracks.updateDeploymentTrack(request, options: api.options)
    }
    let track = response.deploymentTrack ?? DeploymentTrack()
    try session.output.show(response, Deed(track.change, details: track.text(session.output)))
    return .success
  }

  private static func request(
    _ arguments: Arguments, _ api: API
  ) async throws -> UpdateDeploymentTrackRequest {
    var request = UpdateDeploymentTrackRequest()
    request.componentId = arguments.operands[0]
    request.deploymentTrackId = try await api.trackId(arguments.operands[0], arguments.operands[1])
    request.branch = arguments.text(branch).map { URLText.encoded($0) }
    request.description = arguments.text(description)
    request.autoDeployEnabled = try arguments.bool(autoDeploy)
    if arguments.has(unlink) {
      request.branch = ""
      if request.autoDeployEnabled == nil { request.autoDeployEnabled = false }
    }
    request.etag = arguments.text(CommonFlags.etag) ?? ""
    request.takeMutationFlags(arguments)
    return request
  }
}
