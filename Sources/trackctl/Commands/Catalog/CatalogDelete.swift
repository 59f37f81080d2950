import TrackMessages

extension Command {
  static let catalogDelete = Command(
    CommandSpec(
      path: ["catalog", "delete"], summary: "Delete a resource that nothing depends on.",
      operands: [CatalogKind.operand, CatalogKind.id], flags: CommonFlags.mutation,
      examples: [("trackctl catalog delete environment staging", "an environment without use")])
  ) { arguments, session in
    let kind = CatalogKind(rawValue: arguments.operands[0]) ?? .organization
    try await delete(kind.type, arguments, session)
    return .success
  }

  private static func delete<Resource: CatalogResource>(
    _ type: Resource.Type, _ arguments: Arguments, _ session: Session
  ) async throws {
    let id = arguments.operands[1]
    let response = try await session.connected { try await Resource.delete(id, arguments, $0) }
    try session.output.show(response, Deed("delete \(Resource.kind) \(id)", done: "deleted"))
  }
}
