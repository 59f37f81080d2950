import TrackMessages

extension Command {
  static let catalogGet = Command(
    CommandSpec(
      path: ["catalog", "get"], summary: "Show one resource of the catalog.",
      operands: [CatalogKind.operand, CatalogKind.id],
      examples: [("trackctl catalog get component cart", "what cart is")])
  ) { arguments, session in
    let kind = CatalogKind(rawValue: arguments.operands[0]) ?? .organization
    try await show(kind.type, arguments.operands[1], session)
    return .success
  }

  private static func show<Resource: CatalogResource>(
    _ type: Resource.Type, _ id: String, _ session: Session
  ) async throws {
    let response = try await session.connected { try await Resource.get(id, $0) }
    try session.output.show(response) { Resource(response).fields.text }
  }
}
