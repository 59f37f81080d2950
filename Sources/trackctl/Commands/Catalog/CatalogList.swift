import Protobuf
import TrackMessages

extension Command {
  static let catalogList = Command(
    CommandSpec(
      path: ["catalog", "list"], summary: "List resources of the catalog by their ids.",
      operands: [
        Operand(
          name: "KIND", help: "what to list", choices: CatalogKind.allCases.map(\.plural),
          takesBothNumbers: true),
        Operand(
          name: "OWNER", help: "the organization of projects, the project of all others",
          isOptional: true, names: .ownerOfKind),
      ],
      flags: [CommonFlags.limit],
      examples: [
        ("trackctl catalog list organizations", "where everything begins"),
        ("trackctl catalog list components shop", "what the project shop has"),
      ])
  ) { arguments, session in
    let kind = CatalogKind.allCases.first { $0.plural == arguments.operands[0] } ?? .organization
    if let parent = kind.parent, arguments.operand(1) == nil {
      throw arguments.usage("\(parent) is missing: whose \(kind.plural)?")
    }
    guard kind.parent != nil || arguments.operand(1) == nil else {
      throw arguments.usage("\(kind.plural) belong to nobody")
    }
    let limit = try arguments.count(CommonFlags.limit) ?? .max
    let owner = arguments.operand(1) ?? ""
    try await showList(of: kind.type, owner: owner, limit: limit, session)
    return .success
  }

  /// Shows the pages of a list, put together.
  private static func showList<Resource: CatalogResource>(
    of type: Resource.Type, owner: String, limit: Int, _ session: Session
  ) async throws {
    let all = try await session.connected { api in
      var all = Resource.Page()
      var place = CatalogPlace(owner: owner)
      repeat {
        place.size = Int32(clamping: min(1000, limit - all.resources.count))
        let page = try await Resource.list(place, api)
        all.resources += page.resources
        all.nextPageToken = page.nextPageToken
        place.token = page.nextPageToken
      } while !place.token.isEmpty && all.resources.count < limit
      return all
    }
    try session.output.show(all, table: { Resource.table(all.resources) })
  }
}
