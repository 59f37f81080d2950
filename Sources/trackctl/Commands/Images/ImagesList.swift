import TrackMessages

extension Command {
  static let imagesList = Command(
    CommandSpec(
      path: ["images", "list"], summary: "List the images of a track, the newest first.",
      details: """
        IMAGE shows the beginning of the image's id, which other commands accept. A superseded image
        was replaced by a later one of the same commit.
        """,
      operands: [CommonOperands.component, CommonOperands.track],
      flags: [
        Flag("limit", .text("N"), "at most this many [20]"), Flag("all", "every image there is"),
      ],
      examples: [("trackctl images list cart @latest", "the newest 20 images of the latest track")])
  ) { arguments, session in
    let limit =
      arguments.values["all"] != nil ? Int.max : try arguments.count(CommonFlags.limit) ?? 20
    let response = try await session.connected { api in
      let track = try await api.trackId(arguments.operands[0], arguments.operands[1])
      return try await api.images(arguments.operands[0], track, pageSize: 1000, limit: limit)
    }
    if !response.unreachable.isEmpty {
      session.output.note(
        "some fields may be missing: \(response.unreachable.joined(separator: ", ")) did not answer"
      )
    }
    try session.output.show(response, table: { Table(response.images) })
    return .success
  }
}

extension Table {
  init(_ images: [DeploymentTrackImage]) {
    self.init(
      .handle("IMAGE"), .handle("COMMIT"), .name("STATUS"), .time("BUILT"), .text("DEPLOYED IN"),
      .text("AUTHOR", spared: 1), .text("MESSAGE", least: 12, spared: 2))
    for image in images {
      add(
        image.imageId, image.commitHash,
        image.superseded ? "superseded" : image.status.lowercased(),
        Words.time(image.builtAt ?? image.createdAt), image.deployedIn.joined(separator: ", "),
        image.author?.name ?? "", image.commitMsg)
    }
  }
}
