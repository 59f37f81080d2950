import TrackDomain

/// Tells, of environments that an earlier version stored, whose folder is where.
enum EnvironmentFolders {
  private static let pageSize = 500

  /// In one transaction for each page; what a crash leaves out is done at the next start.
  static func fill(_ connection: Connection) throws(SQLiteError) {
    while try fillPage(connection) {}
  }

  /// False when nothing was left.
  private static func fillPage(_ connection: Connection) throws(SQLiteError) -> Bool {
    let rows = try connection.prepare(
      """
      SELECT id, gitops_repository_url, gitops_path FROM environment WHERE gitops_key IS NULL
      LIMIT \(pageSize)
      """)
    var folders: [(id: String, key: String, folder: String)] = []
    while try rows.next() {
      folders.append(
        (
          rows.text(0), GitOpsRepositoryKey.key(rows.text(1)), GitOpsFolder.name(rows.text(2))
        ))
    }
    rows.reset()
    if folders.isEmpty { return false }
    try connection.execute("BEGIN IMMEDIATE")
    let row = try connection.prepare(
      "UPDATE environment SET gitops_key = ?2, gitops_folder = ?3 WHERE id = ?1")
    for (id, key, folder) in folders {
      row.bind(1, id)
      row.bind(2, key)
      row.bind(3, folder)
      try row.execute()
    }
    try connection.execute("COMMIT")
    return true
  }
}
