/// What version 4 adds: a clock that measures how long rows are kept, whatever the time of day
/// does, and what tells a change from another one of its number.
extension Schema {
  static let retentionAndHistory = retention + logState

  // Rows that are there already begin with the clock, at 0.
  private static let retention = """
    -- Microseconds for which trackd has run on this database.
    CREATE TABLE retention_clock (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      elapsed INTEGER NOT NULL CHECK (elapsed >= 0)
    ) STRICT;
    INSERT INTO retention_clock (one, elapsed) VALUES (1, 0);

    ALTER TABLE change_log ADD COLUMN kept_from INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE request ADD COLUMN kept_from INTEGER NOT NULL DEFAULT 0;
    DROP INDEX request_by_age;
    CREATE INDEX request_by_age ON request (kept_from);
    -- Of an image that is superseded: since when it is.
    ALTER TABLE image ADD COLUMN kept_from INTEGER NOT NULL DEFAULT 0;
    DROP INDEX image_disposable;
    CREATE INDEX image_disposable ON image (kept_from)
      WHERE is_superseded = 1 AND was_deployed = 0;

    """

  private static let logState = """
    -- The newest change that was dropped from the log, with its digest: 0 for one that was dropped
    -- before there were digests. And up to which change a number alone names it.
    CREATE TABLE log_state (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      dropped_sequence INTEGER NOT NULL,
      dropped_digest INTEGER NOT NULL,
      undigested_limit INTEGER NOT NULL
    ) STRICT;
    INSERT INTO log_state (one, dropped_sequence, dropped_digest, undigested_limit)
      SELECT 1, coalesce((SELECT min(sequence) - 1 FROM change_log), newest), 0, newest
      FROM (SELECT coalesce(
        (SELECT seq FROM sqlite_sequence WHERE name = 'change_log'), 0) AS newest);
    """
}
