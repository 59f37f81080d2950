package import TrackDomain

/// Whose folder is where: asked over an index, whatever the number of environments.
package extension Reader {
  private static func first(_ folder: String) -> Query {
    Query {
      """
      SELECT c.id, c.project_id, c.name, c.gitops_repository_url, c.gitops_branch, c.gitops_path
      FROM environment c\($0.indexed(by: "environment_of_folder"))
      WHERE c.gitops_key = ?1 AND \(folder) \(others)
      """
    }
  }
  /// Not the environment itself, and not those of another branch.
  private static let others = """
    AND c.id <> ?3 AND (c.gitops_branch = ?4 OR c.gitops_branch = '' OR ?4 = '') LIMIT 1
    """
  private static let inFolder = first("c.gitops_folder = ?2")
  /// A slash is followed by `0`.
  private static let belowFolder = first(
    "c.gitops_folder > ?2 || '/' AND c.gitops_folder < ?2 || '0'")
  private static let belowRoot = first("c.gitops_folder > ?2")

  func environment(
    overlapping place: DeploymentPlace, besides id: String
  ) throws(StoreError) -> Environment? {
    let segments = GitOpsFolder.segments(place.path)
    for count in 0...segments.count {
      let folder = segments.prefix(count).joined(separator: "/")
      if let found = try environment(Self.inFolder, folder, place, id) { return found }
    }
    let query = segments.isEmpty ? Self.belowRoot : Self.belowFolder
    return try environment(query, GitOpsFolder.name(place.path), place, id)
  }

  private func environment(
    _ query: Query, _ folder: String, _ place: DeploymentPlace, _ id: String
  ) throws(StoreError) -> Environment? {
    let row = try statement(query)
    defer { row.reset() }
    row.bind(1, GitOpsRepositoryKey.key(place.repositoryURL))
    row.bind(2, folder)
    row.bind(3, id)
    row.bind(4, place.branch)
    guard try step(row) else { return nil }
    return CatalogRow.resource(.environment, row).flatMap(Environment.init)
  }
}
