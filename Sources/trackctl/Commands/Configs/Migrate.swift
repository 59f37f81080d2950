import EventLoop
import TrackMessages

extension Command {
  private static let commit = Flag(
    "commit", .text("HASH"), "the commit to read, or seven digits of it [the branch's head]")

  static let migrate = Command(
    CommandSpec(
      path: ["migrate"], summary: "Print the source config as component.yaml of the newest schema.",
      details: """
        Changes nothing: writes the file to stdout, and warnings to stderr. A file of the newest
        schema comes out unchanged. Files and pipes get its exact bytes; a terminal shows U+FFFD in
        place of characters that would control it.
        """,
      operands: [CommonOperands.component, CommonOperands.track], flags: [commit],
      examples: [
        ("trackctl migrate cart v1.2 > .choreo/component.yaml", "replace the old file by the new")
      ])
  ) { arguments, session in
    let response = try await session.connected { api in
      var request = GetMigratedSrcConfigContentRequest()
      request.componentId = arguments.operands[0]
      request.deploymentTrackId = try await api.trackId(
        arguments.operands[0], arguments.operands[1])
      request.commitHash = arguments.text(commit) ?? ""
      return try await api.tracks.getMigratedSrcConfigContent(request, options: api.options)
    }
    for warning in response.warnings { session.output.note("warning: \(warning)") }
    let source = response.migratedFrom.isEmpty ? "unchanged" : "from \(response.migratedFrom)"
    session.output.note("\(response.fileName), \(source), at commit \(response.resolvedCommit)")
    try session.output.show(response, file: response.fileContent)
    return .success
  }
}
