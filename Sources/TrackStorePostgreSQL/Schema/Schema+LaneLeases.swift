/// What version 2 adds: which executor publishes for all in a lane. One row for each repository that
/// was ever published to.
extension Schema {
  static let laneLeases = """
    CREATE TABLE lane_lease (
      lane text COLLATE "C" PRIMARY KEY,
      owner bytea NOT NULL CHECK (length(owner) = 16),
      epoch bigint NOT NULL CHECK (epoch > 0),
      -- By the clock of the database.
      expires_at bigint NOT NULL
    );
    CREATE INDEX lane_lease_by_expiry ON lane_lease (expires_at);
    """
}
