package import TrackDomain

package extension Reader {
  // Their order is that of the index: it holds the number after the id.
  private static let projectChangeBefore = Query(
    """
    SELECT sequence, kind, snapshot FROM change_log
    WHERE resource = 2 AND resource_id = ?1 AND sequence < ?2 ORDER BY sequence DESC LIMIT 1
    """)
  private static let projectChangeAfter = Query(
    """
    SELECT sequence, kind, snapshot FROM change_log
    WHERE resource = 2 AND resource_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT 1
    """)

  func organizations(of changes: [LoggedChange]) throws(StoreError) -> [String?] {
    var known: [String: ProjectOwner] = [:]
    var organizations: [String?] = []
    for logged in changes {
      guard let sequence = NamedPosition(logged.place.bytes)?.sequence else {
        throw StoreError(.failed, "the place \(logged.place.bytes) is not of this store")
      }
      let id = logged.change.projectId
      var owner = known[id]
      if !(owner?.span.contains(sequence) ?? false) { owner = try projectOwner(id, at: sequence) }
      known[id] = owner
      organizations.append(owner?.organizationId)
    }
    return organizations
  }

  /// The organization of a project, while the numbers of changes are in `span`.
  private struct ProjectOwner {
    let organizationId: String?
    let span: Range<Int64>
  }

  /// A project keeps its organization until it is deleted, so each change of it tells. Of one
  /// without any in the log, the project itself does.
  private func projectOwner(
    _ id: String, at sequence: Int64
  ) throws(StoreError) -> ProjectOwner {
    let before = try projectChange(Self.projectChangeBefore, id, sequence)
    let after = try projectChange(Self.projectChangeAfter, id, sequence)
    let organizationId =
      if let before {
        before.kind == .deleted ? nil : before.organizationId
      } else if let after {
        after.kind == .created ? nil : after.organizationId
      } else {
        try catalogResource(.project, id: id).flatMap(Project.init)?.organizationId
      }
    return ProjectOwner(
      organizationId: organizationId,
      span: (before?.sequence ?? .min)..<(after?.sequence ?? .max))
  }

  /// A change of a project itself. Nil as the organization: it cannot be read.
  private struct ProjectChange {
    let sequence: Int64
    let kind: ChangeKind
    let organizationId: String?
  }

  private func projectChange(
    _ query: Query, _ id: String, _ sequence: Int64
  ) throws(StoreError) -> ProjectChange? {
    let row = try statement(query)
    defer { row.reset() }
    row.bind(1, id)
    row.bind(2, sequence)
    guard try step(row) else { return nil }
    guard let kind = row.value(1, ChangeKind.self) else {
      throw .unreadable("change \(row.int(0))")
    }
    let resource = try? Snapshot.catalogResource(row.blob(2))
    return ProjectChange(
      sequence: row.int(0), kind: kind,
      organizationId: resource.flatMap(Project.init)?.organizationId)
  }
}
