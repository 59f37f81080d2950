import TrackMessages

extension Command {
  private static let commit = Flag(
    "commit", .text("HASH"), "the commit to read, or seven digits of it [the branch's head]")

  static let apply = Command(
    CommandSpec(
      path: ["apply"], summary: "Bring the component's source config at a commit into the track.",
      details: """
        Replaces the track's endpoints and environment variables of the source config by those of
        .choreo/component.yaml (or of one of the two older files); those that users defined stay.
        --validate-only checks the file, lists everything that is wrong with it, and shows what
        would change. Unknown keys, and endpoints that are public because the file names no
        visibility, are warnings on stderr.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [commit, CommonFlags.etag] + CommonFlags.mutation,
      examples: [
        ("trackctl apply cart v1.2 --validate-only", "lint the file at the head of the branch"),
        ("trackctl apply cart v1.2 --commit 3f9a02c", "take the file of a commit"),
      ])
  ) { arguments, session in
    let response = try await session.connected { api in
      var request = ApplyComponentConfigRequest()
      request.componentId = arguments.operands[0]
      request.deploymentTrackId = try await api.trackId(
        arguments.operands[0], arguments.operands[1])
      request.commitHash = arguments.text(commit) ?? ""
      request.etag = arguments.text(CommonFlags.etag) ?? ""
      request.takeMutationFlags(arguments)
      return try await api.tracks.applyComponentConfig(request, options: api.options)
    }
    session.output.note(warnings: response.warnings)
    try session.output.show(
      response,
      Deed(
        "apply \(response.fileName) to track \(arguments.operands[1])",
        details: text(of: response, isCheck: session.output.isCheck)))
    return .success
  }

  private static func text(
    of response: ApplyComponentConfigResponse, isCheck: Bool
  ) -> String {
    var list = FieldList()
    list.add("file", response.fileName)
    list.add("commit", response.resolvedCommit)
    list.add("config revision", "\(response.configs?.configRevision ?? 0)")
    if response.changes.isEmpty { list.add("changes", "none") }
    for change in response.changes {
      let action = Words.word(change.action)
      list.add(isCheck ? "would be \(action)" : action, change.target)
    }
    return list.text
  }
}
