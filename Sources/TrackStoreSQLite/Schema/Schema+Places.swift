/// What version 7 adds: where deployments were put, and the removal of what is left in places that
/// environments have moved from.
extension Schema {
  static let places = bindingPlaces + operationKinds

  // What was there before is where its environment says today. trackd published on `main` where no
  // branch was named, and whoever follows it there is not to be left alone.
  private static let bindingPlaces = """
    UPDATE environment SET gitops_branch = 'main' WHERE gitops_branch = '';
    -- All three or none.
    ALTER TABLE binding ADD COLUMN gitops_repository_url TEXT;
    ALTER TABLE binding ADD COLUMN gitops_branch TEXT;
    ALTER TABLE binding ADD COLUMN gitops_path TEXT;
    -- Deployments that are being published, or were about to be, count as well.
    INSERT INTO binding (component_key, track_id, environment_id, current_deployment_id,
        current_image_id, held_by)
      SELECT component_key, track_id, environment_id, NULL, NULL, '' FROM operation
      WHERE kind = 1 AND step >= 3
      ON CONFLICT (component_key, track_id, environment_id) DO NOTHING;
    UPDATE binding SET (gitops_repository_url, gitops_branch, gitops_path) =
      (SELECT e.gitops_repository_url, e.gitops_branch, e.gitops_path FROM environment e
        WHERE e.id = binding.environment_id);

    """

  // The rule for `kind` gets one more value, which takes a new table.
  private static let operationKinds = """
    CREATE TABLE operation_7 (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 63),
      kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
      component_key INTEGER NOT NULL,
      track_id TEXT NOT NULL,
      environment_id TEXT NOT NULL,
      step INTEGER NOT NULL CHECK (step BETWEEN 1 AND 6),
      cleanup_step INTEGER NOT NULL CHECK (cleanup_step BETWEEN 0 AND 255),
      attempts INTEGER NOT NULL CHECK (attempts >= 0),
      due_at INTEGER NOT NULL,
      lease_holder BLOB CHECK (length(lease_holder) = 16),
      created_at INTEGER NOT NULL,
      actor_verified INTEGER NOT NULL CHECK (actor_verified IN (0, 1)),
      actor TEXT NOT NULL,
      gitops_hash TEXT NOT NULL,
      last_error TEXT NOT NULL,
      expected_current_id TEXT NOT NULL DEFAULT '',
      promoted_from TEXT NOT NULL DEFAULT '',
      bypass_reason TEXT NOT NULL DEFAULT '',
      -- Deletions: whether places that cannot be reached are given up, and those that were.
      is_forced INTEGER NOT NULL DEFAULT 0 CHECK (is_forced IN (0, 1)),
      abandoned TEXT NOT NULL DEFAULT '',
      -- Cleanings: the place, and the first deployment that was put elsewhere.
      left_repository TEXT NOT NULL DEFAULT '',
      left_branch TEXT NOT NULL DEFAULT '',
      left_path TEXT NOT NULL DEFAULT '',
      moved_by TEXT NOT NULL DEFAULT '',
      FOREIGN KEY (component_key, track_id)
        REFERENCES track (component_key, id) ON DELETE CASCADE,
      CHECK ((kind = 2) = (environment_id = '')),
      CHECK ((kind = 3) = (moved_by <> ''))
    ) STRICT;
    INSERT INTO operation_7 (key, id, kind, component_key, track_id, environment_id, step,
        cleanup_step, attempts, due_at, lease_holder, created_at, actor_verified, actor,
        gitops_hash, last_error, expected_current_id, promoted_from, bypass_reason)
      SELECT key, id, kind, component_key, track_id, environment_id, step, cleanup_step, attempts,
        due_at, lease_holder, created_at, actor_verified, actor, gitops_hash, last_error,
        expected_current_id, promoted_from, bypass_reason
      FROM operation;
    DROP TABLE operation;
    ALTER TABLE operation_7 RENAME TO operation;
    CREATE INDEX operation_of_track ON operation (component_key, track_id);
    CREATE UNIQUE INDEX operation_deletion ON operation (component_key, track_id) WHERE kind = 2;
    -- Deployments by their environment; what is left of deployments that ended; deletions and cleanings.
    CREATE INDEX operation_deploying ON operation (environment_id, due_at)
      WHERE lease_holder IS NULL AND kind = 1 AND step <> 4;
    CREATE INDEX operation_reporting ON operation (due_at)
      WHERE lease_holder IS NULL AND kind = 1 AND step = 4;
    CREATE INDEX operation_removing ON operation (due_at)
      WHERE lease_holder IS NULL AND kind >= 2;
    """
}
