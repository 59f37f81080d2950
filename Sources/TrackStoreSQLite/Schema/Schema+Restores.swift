/// What version 18 adds: the last restore, and what became of comparing it with the repositories.
extension Schema {
  static let restores = """
    -- Held since a restore.
    ALTER TABLE operation ADD COLUMN is_restored INTEGER NOT NULL DEFAULT 0
      CHECK (is_restored IN (0, 1));
    CREATE INDEX operation_restored ON operation (id) WHERE is_restored = 1;

    CREATE TABLE store_restore (
      one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
      id BLOB NOT NULL CHECK (length(id) = 16),
      noted_at INTEGER NOT NULL,
      noted_by TEXT NOT NULL,
      -- The comparison that was begun last, and the one that ended last.
      comparison INTEGER NOT NULL CHECK (comparison >= 0),
      compared INTEGER NOT NULL CHECK (compared BETWEEN 0 AND comparison),
      -- By the clock of the retention; NULL before the first one ended.
      compared_at INTEGER CHECK ((compared_at IS NULL) = (compared = 0)),
      -- NULL while it stands.
      ended_at INTEGER,
      ended_by TEXT NOT NULL
    ) STRICT;

    CREATE TABLE compared_lane (
      lane TEXT NOT NULL PRIMARY KEY,
      -- Empty: it was compared.
      fault TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Components and tracks need not exist.
    CREATE TABLE place_drift (
      component_id TEXT NOT NULL,
      track_id TEXT NOT NULL,
      environment_id TEXT NOT NULL,
      repository TEXT NOT NULL,
      branch TEXT NOT NULL,
      path TEXT NOT NULL,
      lane TEXT NOT NULL,
      kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
      believed TEXT NOT NULL,
      found TEXT NOT NULL,
      comparison INTEGER NOT NULL,
      PRIMARY KEY (component_id, track_id, environment_id, repository, branch, path)
    ) STRICT, WITHOUT ROWID;
    """
}
