import TrackDomain

/// The hosts of repositories that an earlier version stored. That version asked nobody whether they
/// may be spoken to.
enum KeptHosts {
  /// Reads the hosts of the URLs that the migration found. In one transaction: what a crash leaves
  /// out is done at the next start.
  static func fill(_ connection: Connection) throws(SQLiteError) {
    let rows = try connection.prepare("SELECT url FROM kept_repository")
    var hosts: Set<String> = []
    var isEmpty = true
    while try rows.next() {
      isEmpty = false
      if let host = host(of: rows.text(0)) { hosts.insert(host) }
    }
    rows.reset()
    if isEmpty { return }
    try connection.execute("BEGIN IMMEDIATE")
    let row = try connection.prepare(
      "INSERT INTO kept_host (name) VALUES (?1) ON CONFLICT (name) DO NOTHING")
    for host in hosts {
      row.bind(1, host)
      try row.execute()
    }
    try connection.execute("DELETE FROM kept_repository")
    try connection.execute("COMMIT")
  }

  /// All hosts, in order.
  static func all(_ connection: Connection) throws(SQLiteError) -> [String] {
    let rows = try connection.prepare("SELECT name FROM kept_host ORDER BY name")
    var hosts: [String] = []
    while try rows.next() { hosts.append(rows.text(0)) }
    rows.reset()
    return hosts
  }

  /// Nil for a URL that leads to no host, or to an address that needs nobody's word or gets none.
  private static func host(of url: String) -> String? {
    guard let server = try? RepositoryURL(url, allowsFiles: true).server else { return nil }
    switch IPAddress(server.host)?.addressClass {
    case .global, .never: return nil
    case .privateNetwork, .loopback, nil: return server.host
    }
  }
}
