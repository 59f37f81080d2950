import EventLoop
import RPC
import TrackMessages

extension Command {
  private static let project = Flag(
    "project", .text("ID"), names: .project, "the components of this project")
  private static let token = Flag(
    "resume", .text("TOKEN"), "go on after the message with this resume_token")
  private static let changesOnly = Flag("changes", "leave out what is there when the watch begins")

  static let watch = Command(
    CommandSpec(
      path: ["watch"], summary: "Follow changes of tracks, images and deployments as they happen.",
      details: """
        Follows one component, a project, or everything: first the current state, then every change
        in the order of its commit, one line each (-o json: one JSON message each, with the
        resume_token). When the connection or the call breaks, the watch continues where it was, or
        begins anew if the current state had not arrived completely. It ends on Ctrl-C, and on
        errors that would repeat.
        """,
      operands: [
        Operand(
          name: "COMPONENT", help: CommonOperands.component.help, isOptional: true,
          names: .component)
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
    let watcher = Watcher(
      session: session, request: request, showsState: !arguments.has(changesOnly))
    try await watcher.run()
    return .success
  }
}

/// Continues a watch over as many connections as it takes.
private final class Watcher {
  private let session: Session
  private var request: WatchDeploymentTracksRequest
  private let showsState: Bool
  /// Whether the server has answered, or a watch is resumed: from then on, a break is followed by
  /// another try.
  private var hasBegun: Bool

  init(session: Session, request: WatchDeploymentTracksRequest, showsState: Bool) {
    self.session = session
    self.request = request
    self.showsState = showsState
    hasBegun = !request.resumeToken.isEmpty
  }

  /// Throws errors that the request causes, and any error before the server has answered.
  func run() async throws {
    var pause = Duration.milliseconds(100)
    while true {
      let token = request.resumeToken
      do {
        try await follow()
        tellBreak("the stream ended")
      } catch let error as RPCError where hasBegun && !error.isOfTheCaller {
        tellBreak(error.message)
      }
      pause = request.resumeToken == token ? min(pause * 2, .seconds(5)) : .milliseconds(100)
      try await Task.sleep(for: pause)
    }
  }

  private func tellBreak(_ reason: String) {
    let next = request.resumeToken.isEmpty ? "begins anew" : "goes on"
    session.output.note("the watch was interrupted and \(next) (\(reason))")
  }

  private func follow() async throws {
    try await session.connected { api in
      try await api.tracks.watchDeploymentTracks(request, options: api.endless) { changes in
        for try await message in changes {
          hasBegun = true
          if !message.resumeToken.isEmpty { request.resumeToken = message.resumeToken }
          try show(message)
        }
      }
    }
  }

  private func show(_ message: WatchDeploymentTracksResponse) throws {
    if !showsState, message.change?.type == .existing { return }
    if session.output.isJSON {
      try session.output.show(message) { "" }
    } else if let change = message.change {
      StandardStream.output.write(Table.printable(change.line) + "\n")
    }
  }
}

extension RPCError {
  /// Whether the same request would fail again. Other errors come from the server, a proxy or the
  /// network.
  var isOfTheCaller: Bool {
    switch code {
    case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .unauthenticated,
      .failedPrecondition, .outOfRange, .unimplemented:
      true
    case .ok, .cancelled, .unknown, .deadlineExceeded, .resourceExhausted, .aborted, .internal,
      .unavailable, .dataLoss:
      false
    }
  }
}

extension Change {
  /// The change on one line.
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
