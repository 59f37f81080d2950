import TrackMessages

extension Command {
  private static let filter = Flag(
    "filter", .text("FILTER"), "such as 'auto_deploy_enabled = true AND api_version >= v1.2'")
  private static let orderBy = Flag(
    "order-by", .text("FIELD"), "api_version, created_at or updated_at, perhaps with ' asc'")

  static let tracksList = Command(
    CommandSpec(
      path: ["tracks", "list"],
      summary: "List the tracks of a component, the highest version first.",
      details: """
        A star marks the latest track. FILTER compares branch, latest, auto_deploy_enabled,
        api_version, created_at and updated_at; comparisons are joined by AND.
        """,
      operands: [CommonOperands.component], flags: [filter, orderBy, CommonFlags.limit],
      examples: [
        ("trackctl tracks list cart", "all tracks of the component cart"),
        ("trackctl tracks list cart --filter 'branch = main' -o json", "for a program"),
      ])
  ) { arguments, session in
    var request = ListDeploymentTracksRequest()
    request.componentId = arguments.operands[0]
    request.filter = arguments.text(filter) ?? ""
    request.orderBy = arguments.text(orderBy) ?? ""
    let limit = try arguments.count(CommonFlags.limit)
    let response = try await session.connected { try await $0.allTracks(request, limit: limit) }
    try session.output.show(response, table: { Table(response.deploymentTracks) })
    return .success
  }
}

extension Table {
  init(_ tracks: [DeploymentTrack]) {
    self.init(
      .name("VERSION"), .name("ID"), .text("BRANCH", least: 16), .name("AUTO-DEPLOY"),
      .name("ENDPOINTS", spared: 3), .time("UPDATED", spared: 1),
      .text("DESCRIPTION", spared: 2))
    for track in tracks {
      add(
        track.apiVersion + (track.latest ? "*" : ""), track.id, track.branch,
        Words.yes(track.autoDeployEnabled), "\(track.endpoints.count)", Words.time(track.updatedAt),
        track.description)
    }
  }
}
