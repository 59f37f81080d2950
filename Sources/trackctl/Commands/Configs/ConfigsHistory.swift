import TrackMessages

extension Command {
  static let configsHistory = Command(
    CommandSpec(
      path: ["configs", "history"],
      summary: "Show who changed what of a track's configuration, the newest first.",
      details: """
        + marks an added part, - a removed one, ~ a changed one. Changes by the source config are
        included.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [Flag("limit", .text("N"), "at most this many [20]")],
      examples: [("trackctl configs history cart v1.2", "the newest 20 changes")])
  ) { arguments, session in
    let limit = try arguments.count(CommonFlags.limit) ?? 20
    let response = try await session.connected { api in
      let track = try await api.trackId(arguments.operands[0], arguments.operands[1])
      return try await api.configRevisions(arguments.operands[0], track, limit: limit)
    }
    try session.output.show(response, table: { Table(response.configRevisions) })
    return .success
  }
}

extension Table {
  init(_ revisions: [ConfigRevision]) {
    self.init(
      .name("REVISION"), .time("CREATED"), .text("ACTOR", spared: 1), .text("CHANGES", least: 20))
    for revision in revisions {
      add(
        "\(revision.configRevision)", Words.time(revision.createdAt), revision.actor,
        revision.changes.map { $0.action.sign + $0.target }.joined(separator: ", "))
    }
  }
}

extension ConfigChangeAction {
  var sign: String {
    switch self {
    case .added: "+"
    case .removed: "-"
    case .updated: "~"
    case .unspecified, .unrecognized: "?"
    }
  }
}
