import TrackDomain
import TrackStoreSQL

/// Ends sessions of the same role that hold a lock for which another one waits, and have waited
/// themselves for 4 s for the rest of what their client began to send.
///
/// PostgreSQL has no timeout for them: `idle_in_transaction_session_timeout` begins to run when the
/// server has read a sync point, and ends with the first message behind it. A client that is stopped
/// while it sends a long message leaves such a session, however it sends.
enum StuckSessions {
  private static let end = Query { _ in
    """
    WITH silent AS MATERIALIZED (
      SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        AND state = 'active' AND wait_event = 'ClientRead'
        AND query_start < clock_timestamp() - interval '4 seconds')
    SELECT pg_terminate_backend(pid) FROM silent
    WHERE EXISTS (
      SELECT 1 FROM pg_stat_activity waiting
      WHERE waiting.wait_event_type = 'Lock' AND silent.pid = ANY (pg_blocking_pids(waiting.pid)))
    """
  }

  static func end(_ source: any StatementSource) throws(StoreError) {
    let row = try source.prepared(end)
    defer { row.reset() }
    while try row.step() {}
  }
}
