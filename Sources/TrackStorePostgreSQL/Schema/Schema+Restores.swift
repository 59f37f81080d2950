/// What version 4 adds: the last restore, and what became of comparing it with the repositories.
extension Schema {
  static let restores = """
    -- Held since a restore.
    ALTER TABLE operation ADD COLUMN is_restored smallint NOT NULL DEFAULT 0
      CHECK (is_restored IN (0, 1));
    CREATE INDEX operation_restored ON operation (id) WHERE is_restored = 1;

    CREATE TABLE store_restore (
      one smallint PRIMARY KEY CHECK (one = 1),
      id bytea NOT NULL CHECK (length(id) = 16),
      noted_at bigint NOT NULL,
      noted_by text COLLATE "C" NOT NULL,
      -- The comparison that was begun last, and the one that ended last.
      comparison bigint NOT NULL CHECK (comparison >= 0),
      compared bigint NOT NULL CHECK (compared BETWEEN 0 AND comparison),
      -- By the clock of the database; NULL before the first one ended.
      compared_at bigint CHECK ((compared_at IS NULL) = (compared = 0)),
      -- NULL while it stands.
      ended_at bigint,
      ended_by text COLLATE "C" NOT NULL
    );

    CREATE TABLE compared_lane (
      lane text COLLATE "C" PRIMARY KEY,
      -- Empty: it was compared.
      fault text COLLATE "C" NOT NULL
    );

    -- Components and tracks need not exist.
    CREATE TABLE place_drift (
      component_id text COLLATE "C" NOT NULL,
      track_id text COLLATE "C" NOT NULL,
      environment_id text COLLATE "C" NOT NULL,
      repository text COLLATE "C" NOT NULL,
      branch text COLLATE "C" NOT NULL,
      path text COLLATE "C" NOT NULL,
      lane text COLLATE "C" NOT NULL,
      kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
      believed text COLLATE "C" NOT NULL,
      found text COLLATE "C" NOT NULL,
      comparison bigint NOT NULL,
      PRIMARY KEY (component_id, track_id, environment_id, repository, branch, path)
    );
    """
}
