/// What version 2 adds: images, deployments, what is active where, durable operations, releases,
/// and all of a configuration.
///
/// None of the new rows goes with its track by itself: histories are long, and are deleted in
/// batches before the track. An empty reference is NULL where it is a foreign key, else ''.
extension Schema {
  static let version2 =
    identity + changeLog + configs + images + deployments + bindings + operations

  private static let identity = """
    -- What tells this database from every other one.
    CREATE TABLE identity (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      id BLOB NOT NULL CHECK (length(id) = 16)
    ) STRICT;
    INSERT INTO identity (one, id) VALUES (1, randomblob(16));

    """

  // The log's rule for `resource` gets two more values, which takes a new table. Its numbers go on
  // after the last that was given, though the newest rows may have been reaped.
  private static let changeLog = """
    CREATE TABLE change_log_2 (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
      resource INTEGER NOT NULL CHECK (resource BETWEEN 1 AND 8),
      at INTEGER NOT NULL,
      actor_verified INTEGER NOT NULL CHECK (actor_verified IN (0, 1)),
      actor TEXT NOT NULL,
      resource_id TEXT NOT NULL,
      project_id TEXT NOT NULL,
      component_id TEXT NOT NULL,
      snapshot BLOB NOT NULL
    ) STRICT;
    INSERT INTO change_log_2 (sequence, kind, resource, at, actor_verified, actor, resource_id,
        project_id, component_id, snapshot)
      SELECT sequence, kind, resource, at, actor_verified, actor, resource_id, project_id,
        component_id, snapshot
      FROM change_log ORDER BY sequence;
    DELETE FROM sqlite_sequence WHERE name = 'change_log_2';
    INSERT INTO sqlite_sequence (name, seq)
      SELECT 'change_log_2', seq FROM sqlite_sequence WHERE name = 'change_log';
    DROP TABLE change_log;
    ALTER TABLE change_log_2 RENAME TO change_log;

    """

  private static let configs = """
    ALTER TABLE config_revision ADD COLUMN api_settings BLOB NOT NULL DEFAULT x'';
    ALTER TABLE config_revision ADD COLUMN environment_variables BLOB NOT NULL DEFAULT x'';

    """

  private static let images = """
    -- What never changes and is not looked for is in `details`. An unversioned image has no track,
    -- and '' as the track that its save named; it gets a track once.
    CREATE TABLE image (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 63),
      component_key INTEGER NOT NULL REFERENCES component (key),
      track_id TEXT,
      is_superseded INTEGER NOT NULL CHECK (is_superseded IN (0, 1)),
      was_deployed INTEGER NOT NULL DEFAULT 0 CHECK (was_deployed IN (0, 1)),
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      saved_track_id TEXT NOT NULL,
      run_id TEXT NOT NULL CHECK (length(run_id) <= 255),
      commit_hash TEXT NOT NULL CHECK (length(commit_hash) <= 64),
      details BLOB NOT NULL,
      UNIQUE (component_key, saved_track_id, run_id),
      FOREIGN KEY (component_key, track_id) REFERENCES track (component_key, id),
      CHECK (saved_track_id = '' OR (track_id IS NOT NULL AND track_id = saved_track_id))
    ) STRICT;
    -- Unversioned ones too.
    CREATE INDEX image_of_track ON image (component_key, track_id, created_at, id);
    CREATE INDEX image_of_commit ON image (component_key, track_id, commit_hash, created_at, id)
      WHERE is_superseded = 0 AND track_id IS NOT NULL AND commit_hash <> '';
    CREATE INDEX image_disposable ON image (updated_at)
      WHERE is_superseded = 1 AND was_deployed = 0;

    """

  private static let deployments = """
    -- The history. Images that never made it are reaped; hence their ids are no reference.
    CREATE TABLE deployment (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 63),
      component_key INTEGER NOT NULL,
      track_id TEXT NOT NULL,
      environment_id TEXT NOT NULL,
      image_id TEXT NOT NULL,
      kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
      state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),
      config_revision INTEGER NOT NULL CHECK (config_revision BETWEEN 0 AND 2147483647),
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER,
      actor_verified INTEGER NOT NULL CHECK (actor_verified IN (0, 1)),
      actor TEXT NOT NULL,
      release_id TEXT NOT NULL,
      release_deployment_id TEXT NOT NULL,
      rollback_of TEXT NOT NULL,
      restores TEXT NOT NULL,
      rolled_back_by TEXT NOT NULL,
      reason TEXT NOT NULL,
      bypass_reason TEXT NOT NULL,
      error TEXT NOT NULL,
      gitops_hash TEXT NOT NULL,
      api_settings BLOB NOT NULL,
      FOREIGN KEY (component_key, track_id) REFERENCES track (component_key, id),
      CHECK ((release_id = '') = (release_deployment_id = '')),
      CHECK ((ended_at IS NULL) = (state <= 2)),
      CHECK (state <> 2 OR started_at IS NOT NULL)
    ) STRICT;
    CREATE INDEX deployment_of_track ON deployment (component_key, track_id, sequence);
    CREATE INDEX deployment_of_environment
      ON deployment (component_key, track_id, environment_id, sequence);
    CREATE INDEX deployment_succeeded
      ON deployment (component_key, track_id, environment_id, sequence) WHERE state = 3;
    CREATE INDEX deployment_succeeded_image
      ON deployment (component_key, track_id, image_id, environment_id, sequence)
      WHERE state = 3;
    -- One that waits and one in progress, for each track and environment.
    CREATE UNIQUE INDEX deployment_queued ON deployment (component_key, track_id, environment_id)
      WHERE state = 1;
    CREATE UNIQUE INDEX deployment_in_progress
      ON deployment (component_key, track_id, environment_id) WHERE state = 2;
    CREATE INDEX deployment_unfinished ON deployment (environment_id) WHERE state <= 2;

    CREATE TRIGGER deployment_end_is_final BEFORE UPDATE OF state ON deployment
      WHEN OLD.state > 2 AND NEW.state <> OLD.state BEGIN
      SELECT RAISE(ABORT, 'a deployment that has ended stays as it is');
    END;
    -- What once was good is kept.
    CREATE TRIGGER deployment_success AFTER UPDATE OF state ON deployment
      WHEN NEW.state = 3 AND OLD.state <> 3 BEGIN
      UPDATE image SET was_deployed = 1 WHERE id = NEW.image_id AND was_deployed = 0;
    END;
    CREATE TRIGGER deployment_success_at_once AFTER INSERT ON deployment
      WHEN NEW.state = 3 BEGIN
      UPDATE image SET was_deployed = 1 WHERE id = NEW.image_id AND was_deployed = 0;
    END;

    """

  private static let bindings = """
    CREATE TABLE binding (
      component_key INTEGER NOT NULL,
      track_id TEXT NOT NULL,
      environment_id TEXT NOT NULL REFERENCES environment (id),
      current_deployment_id TEXT REFERENCES deployment (id),
      current_image_id TEXT REFERENCES image (id),
      held_by TEXT NOT NULL,
      PRIMARY KEY (component_key, track_id, environment_id),
      FOREIGN KEY (component_key, track_id) REFERENCES track (component_key, id),
      CHECK ((current_deployment_id IS NULL) = (current_image_id IS NULL))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX binding_of_environment ON binding (environment_id);
    CREATE INDEX binding_of_deployment ON binding (current_deployment_id)
      WHERE current_deployment_id IS NOT NULL;
    CREATE INDEX binding_of_image ON binding (current_image_id)
      WHERE current_image_id IS NOT NULL;

    """

  private static let operations = """
    -- Few rows: what is under way. They go with their track.
    CREATE TABLE operation (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 63),
      kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 2),
      component_key INTEGER NOT NULL,
      track_id TEXT NOT NULL,
      environment_id TEXT NOT NULL,
      step INTEGER NOT NULL CHECK (step BETWEEN 1 AND 6),
      cleanup_step INTEGER NOT NULL CHECK (cleanup_step BETWEEN 0 AND 255),
      attempts INTEGER NOT NULL CHECK (attempts >= 0),
      due_at INTEGER NOT NULL,
      is_blocked INTEGER NOT NULL CHECK (is_blocked IN (0, 1)),
      lease_holder BLOB CHECK (length(lease_holder) = 16),
      created_at INTEGER NOT NULL,
      actor_verified INTEGER NOT NULL CHECK (actor_verified IN (0, 1)),
      actor TEXT NOT NULL,
      gitops_hash TEXT NOT NULL,
      last_error TEXT NOT NULL,
      FOREIGN KEY (component_key, track_id)
        REFERENCES track (component_key, id) ON DELETE CASCADE,
      CHECK ((kind = 1) = (environment_id <> ''))
    ) STRICT;
    CREATE INDEX operation_due ON operation (due_at) WHERE lease_holder IS NULL AND is_blocked = 0;
    CREATE INDEX operation_of_track ON operation (component_key, track_id);
    CREATE UNIQUE INDEX operation_deletion ON operation (component_key, track_id) WHERE kind = 2;

    -- What the embedded release management knows.
    CREATE TABLE release (
      release_deployment_id TEXT NOT NULL PRIMARY KEY
        CHECK (length(release_deployment_id) BETWEEN 1 AND 255),
      release_id TEXT NOT NULL CHECK (length(release_id) BETWEEN 1 AND 255),
      component_key INTEGER NOT NULL,
      track_id TEXT NOT NULL,
      environment_id TEXT NOT NULL,
      image_id TEXT NOT NULL,
      status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 4),
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      FOREIGN KEY (component_key, track_id) REFERENCES track (component_key, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX release_of_track ON release (component_key, track_id);
    """
}
