/// What version 17 adds: which executor publishes for all in a lane. One row for each repository that
/// was ever published to.
extension Schema {
  static let laneLeases = """
    CREATE TABLE lane_lease (
      lane TEXT NOT NULL PRIMARY KEY,
      owner BLOB NOT NULL CHECK (length(owner) = 16),
      epoch INTEGER NOT NULL CHECK (epoch > 0),
      -- By the clock of the retention.
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX lane_lease_by_expiry ON lane_lease (expires_at);
    """
}
