import EventLoop
import TrackDomain
import TrackStoreSQL

/// Opens the connections of a store. Any thread.
///
/// A server that another one has taken the place of may come back and take writes again: the
/// connection string finds it where it stands before the other one. A failover begins a new timeline,
/// with a higher number: a server whose timeline is lower than one that was seen is refused, and
/// connections to it are used no more.
///
/// `@unchecked Sendable`: `newest` is touched under `lock`.
final class Connector: @unchecked Sendable {
  let string: ConnectionString
  private let lock = Lock()
  // Under the lock.
  private var newest: Int64 = 0

  init(_ string: ConnectionString) { self.string = string }

  /// The process that answers, which behind a pooler is none that the client was told of; and the
  /// timeline, 0 where there is none.
  private static let look = """
    SELECT pg_backend_pid(), CASE WHEN pg_is_in_recovery() THEN ''
      ELSE pg_walfile_name(pg_current_wal_insert_lsn()) END
    """

  /// Connects; blocks.
  ///
  /// - Parameter patience: how long an answer may take.
  func connect(patience: Duration?) throws(StoreError) -> PostgreSQLConnection {
    do throws(PostgreSQLError) {
      let connection = try PostgreSQLConnection(string)
      connection.waitLimit = patience
      try look(at: connection)
      return connection
    } catch {
      throw StoreError(error)
    }
  }

  private func look(at connection: PostgreSQLConnection) throws(PostgreSQLError) {
    let row = connection.statement(Self.look)
    defer { row.reset() }
    do throws(StoreError) {
      guard try row.step() else { return }
    } catch {
      // What looks like PostgreSQL and is none may have no timelines.
      guard let fault = connection.lastFault, connection.isBroken else {
        try? connection.rollback()
        return
      }
      throw fault
    }
    // A pooler may give each transaction another session.
    connection.preparesStatements = row.int(0) == connection.processId
    connection.timeline = Int64(row.text(1).prefix(8), radix: 16) ?? 0
    lock.withLock { newest = max(newest, connection.timeline) }
    if !isCurrent(connection) {
      throw .connection(
        "the server is on timeline \(connection.timeline), and another one on a later one: it is "
          + "a primary that was replaced")
    }
  }

  /// Whether no later timeline was seen than that of the connection's server.
  func isCurrent(_ connection: PostgreSQLConnection) -> Bool {
    connection.timeline == 0 || connection.timeline >= lock.withLock { newest }
  }
}
