/// What version 14 adds: the audit, whose rows form a chain, and the key that signs it where the
/// operator gives none.
extension Schema {
  static let audit = """
    CREATE TABLE audit_event (
      sequence INTEGER NOT NULL PRIMARY KEY,
      at INTEGER NOT NULL,
      count INTEGER NOT NULL CHECK (count > 0),
      principal TEXT NOT NULL,
      is_verified INTEGER NOT NULL CHECK (is_verified IN (0, 1)),
      on_behalf_of TEXT NOT NULL,
      peer TEXT NOT NULL,
      method TEXT NOT NULL,
      resource TEXT NOT NULL,
      organization_id TEXT NOT NULL,
      project_id TEXT NOT NULL,
      component_id TEXT NOT NULL,
      environment_id TEXT NOT NULL,
      changed_fields TEXT NOT NULL,
      request_id TEXT NOT NULL,
      outcome TEXT NOT NULL,
      reason TEXT NOT NULL,
      kept_from INTEGER NOT NULL,
      key_id TEXT NOT NULL,
      code BLOB NOT NULL
    ) STRICT;
    CREATE INDEX audit_event_component ON audit_event (component_id) WHERE component_id <> '';
    CREATE INDEX audit_event_principal ON audit_event (principal);
    CREATE TABLE audit_state (
      one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
      key BLOB NOT NULL CHECK (length(key) = 32),
      dropped_sequence INTEGER NOT NULL DEFAULT 0,
      dropped_code BLOB NOT NULL DEFAULT x'',
      key_id TEXT NOT NULL DEFAULT '',
      signature BLOB NOT NULL DEFAULT x'',
      logged_sequence INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO audit_state (one, key) VALUES (1, x'\(Migration.randomKey)');
    """

  /// What version 16 adds: the times of each block of rows. The rows are in the order in which they
  /// were written, which is not that of their times: clocks are set back, and a refused call has the
  /// time of the first one.
  static let auditTimes = """
    CREATE INDEX audit_event_time ON audit_event (sequence / 1024, at);
    """
}
