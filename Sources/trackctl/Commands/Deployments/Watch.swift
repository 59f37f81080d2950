import EventLoop
import RPC
import TrackMessages

extension Command {
  private static let project = Flag("project", .text("ID"), "the components of this project")
  private static let token = Flag(
    "resume", .text("TOKEN"), "go on after the message with this resume_token")
  private static let changesOnly = Flag("changes", "leave out what is there when the watch begins")

  static let watch = Command(
    CommandSpec(
      path: ["watch"], summary: "Follow changes of tracks, images and deployments as they happen.",
      details: """
        Of one component, of a project, or of everything: first what is there, then every change in
        the order of its commit, a line each (-o json: a JSON message each, with the resume_token).
        When the connection breaks, the watch goes on where it was. Ctrl-C ends it.
        """,
      operands: [
        Operand(name: "COMPONENT", help: CommonOperands.component.help, isOptional: true)
      ],
      flags: [project, token, changesOnly],
      examples: [
        ("trackctl watch cart --changes", "what happens from now on"),
        ("trackctl watch --project shop -o json", "for a program"),
      ])
  ) { arguments, session in
    var request = WatchDeploymentTracksRequest()
    request.componentId = arguments.operand(0) ?? ""
    request.projectId = arguments.text(project) ?? ""
    request.resumeToken = arguments.text(token) ?? ""
    var watcher = Watcher(
      session: session, request: request, showsState: !arguments.has(changesOnly))
    try await watcher.run()
    return .success
  }
}

/// Keeps a watch going over as many connections as it takes.
private struct Watcher {
  let session: Session
  var request: WatchDeploymentTracksRequest
  let showsState: Bool

  mutating func run() async throws {
    var pause = Duration.milliseconds(100)
    while true {
      let token = request.resumeToken
      do {
        try await follow()
      } catch let error as RPCError where error.code == .unavailable && !request.resumeToken.isEmpty
      {
        session.output.note("the watch was interrupted and goes on (\(error.message))")
      }
      pause = request.resumeToken == token ? min(pause * 2, .seconds(5)) : .milliseconds(100)
      try await Task.sleep(for: pause)
    }
  }

  private mutating func follow() async throws {
    request.resumeToken = try await session.connected { api in
      var last = request.resumeToken
      let session = session
      let showsState = showsState
      do {
        return try await api.tracks.watchDeploymentTracks(request, options: api.endless) {
          changes in
          for try await message in changes {
            if !message.resumeToken.isEmpty { last = message.resumeToken }
            try Self.show(message, session, showsState)
          }
          return last
        }
      } catch let error as RPCError where error.code == .unavailable && last != request.resumeToken
      {
        // Something came before it broke: the next connection starts there.
        return last
      }
    }
  }

  private static func show(
    _ message: WatchDeploymentTracksResponse, _ session: Session, _ showsState: Bool
  ) throws {
    if !showsState, message.change?.type == .existing { return }
    if session.output.isJSON {
      try session.output.show(message) { "" }
    } else if let change = message.change {
      StandardStream.output.write(Table.printable(change.line) + "\n")
    }
  }
}

extension Change {
  /// One change on a line.
  var line: String {
    let time = type == .existing ? "-" : Words.time(changedAt)
    let who = actor.isEmpty ? "" : " by \(actor)"
    return "\(time) \(Words.word(type)) \(what)\(who)"
  }

  private var what: String {
    switch resource {
    case .deploymentTrack(let track):
      "track \(track.componentId)/\(track.id) \(track.apiVersion)"
        + (track.latest ? "*" : "") + (track.branch.isEmpty ? "" : " of \(track.branch)")
    case .image(let image):
      "image \(image.imageId) of commit \(Words.short(image.commitHash)) in track "
        + (image.deploymentTrackId.isEmpty ? "(none)" : image.deploymentTrackId)
    case .deployment(let deployment):
      "deployment \(deployment.id) of \(deployment.componentId)/\(deployment.deploymentTrackId)"
        + " into \(deployment.environmentId): \(Words.word(deployment.kind)), \(deployment.progress)"
    case nil: "something unknown"
    }
  }
}
