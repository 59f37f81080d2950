/// What version 9 adds: leases that expire, the epoch of an operation, and what operations have
/// left to tell when they ended.
extension Schema {
  static let leases = """
    ALTER TABLE operation RENAME COLUMN lease_holder TO lease_owner;
    -- The process that had them is gone.
    UPDATE operation SET lease_owner = NULL WHERE lease_owner IS NOT NULL;
    ALTER TABLE operation ADD COLUMN lease_epoch INTEGER NOT NULL DEFAULT 0
      CHECK (lease_epoch >= 0);
    -- By the clock of the retention.
    ALTER TABLE operation ADD COLUMN lease_expires_at INTEGER
      CHECK ((lease_expires_at IS NULL) = (lease_owner IS NULL));
    CREATE INDEX operation_leased ON operation (lease_owner, lease_expires_at)
      WHERE lease_owner IS NOT NULL;

    CREATE TABLE operation_end (
      operation_id TEXT NOT NULL PRIMARY KEY CHECK (length(operation_id) BETWEEN 1 AND 63),
      -- NULL: it was done.
      failure TEXT,
      is_temporary INTEGER NOT NULL CHECK (is_temporary IN (0, 1)),
      -- Places that were given up, one a line.
      abandoned TEXT NOT NULL,
      kept_from INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX operation_end_by_age ON operation_end (kept_from);
    """
}
