/// What lets each queue of operations be looked at by itself: an index for each, and no row that
/// waits until somebody wakes it. What was blocked is due at once, and looked at again.
extension Schema {
  static let operationQueues = """
    DROP INDEX operation_due;
    ALTER TABLE operation DROP COLUMN is_blocked;
    -- Deployments by their environment; what is left of deployments that ended; deletions.
    CREATE INDEX operation_deploying ON operation (environment_id, due_at)
      WHERE lease_holder IS NULL AND kind = 1 AND step <> 4;
    CREATE INDEX operation_reporting ON operation (due_at)
      WHERE lease_holder IS NULL AND kind = 1 AND step = 4;
    CREATE INDEX operation_deleting ON operation (due_at)
      WHERE lease_holder IS NULL AND kind = 2;
    """
}
