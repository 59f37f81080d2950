/// The tables of trackd on PostgreSQL, step by step. A step that was released never changes.
///
/// They are those of the store on SQLite, with the same names: times are microseconds since 1970,
/// enumerations hold the raw values of `TrackDomain`, flags are 0 and 1. Texts are in the order of
/// their bytes, whatever the order of the database.
enum Schema {
  static let version1 =
    catalog + tracks + images + deployments + bindings + operations + journals + audit

  /// In the order of its bytes.
  private static let text = "text COLLATE \"C\""

  private static let catalog = """
    CREATE TABLE organization (
      id \(text) PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      tier smallint NOT NULL CHECK (tier BETWEEN 1 AND 2)
    );

    CREATE TABLE project (
      id \(text) PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      organization_id \(text) NOT NULL REFERENCES organization (id)
    );
    CREATE INDEX project_of_organization ON project (organization_id, id);

    CREATE TABLE environment (
      id \(text) PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      project_id \(text) NOT NULL REFERENCES project (id),
      name \(text) NOT NULL CHECK (length(name) <= 255),
      gitops_repository_url \(text) NOT NULL CHECK (length(gitops_repository_url) <= 2048),
      gitops_branch \(text) NOT NULL CHECK (length(gitops_branch) <= 255),
      gitops_path \(text) NOT NULL CHECK (length(gitops_path) <= 1024),
      gitops_key \(text) NOT NULL,
      gitops_folder \(text) NOT NULL,
      UNIQUE (project_id, id)
    );
    CREATE INDEX environment_of_folder ON environment (gitops_key, gitops_folder);

    CREATE TABLE deployment_pipeline (
      id \(text) PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      project_id \(text) NOT NULL REFERENCES project (id),
      UNIQUE (project_id, id)
    );

    -- The project stands here too, so that a pipeline and its environments share it.
    CREATE TABLE pipeline_environment (
      pipeline_id \(text) NOT NULL,
      position smallint NOT NULL CHECK (position >= 0),
      project_id \(text) NOT NULL,
      environment_id \(text) NOT NULL,
      PRIMARY KEY (pipeline_id, position),
      UNIQUE (pipeline_id, environment_id),
      FOREIGN KEY (project_id, pipeline_id)
        REFERENCES deployment_pipeline (project_id, id) ON DELETE CASCADE,
      FOREIGN KEY (project_id, environment_id) REFERENCES environment (project_id, id)
    );
    CREATE INDEX pipeline_environment_of_environment
      ON pipeline_environment (environment_id, pipeline_id);

    CREATE SEQUENCE component_key;
    CREATE TABLE component (
      id \(text) PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      key bigint NOT NULL UNIQUE CHECK (key > 0),
      project_id \(text) NOT NULL REFERENCES project (id),
      latest_track_id \(text),
      type smallint NOT NULL CHECK (type BETWEEN 1 AND 4),
      image_source smallint NOT NULL CHECK (image_source BETWEEN 1 AND 2),
      auto_build_on_commit smallint CHECK (auto_build_on_commit IN (0, 1)),
      default_pipeline_id \(text),
      repository_url \(text) NOT NULL CHECK (length(repository_url) <= 2048),
      source_path \(text) NOT NULL CHECK (length(source_path) <= 1024),
      image_registry \(text) NOT NULL CHECK (length(image_registry) <= 255),
      image \(text) NOT NULL CHECK (length(image) <= 255),
      FOREIGN KEY (project_id, default_pipeline_id)
        REFERENCES deployment_pipeline (project_id, id)
    );
    CREATE INDEX component_of_project ON component (project_id, id);
    CREATE INDEX component_of_pipeline ON component (default_pipeline_id, id)
      WHERE default_pipeline_id IS NOT NULL;

    """

  private static let tracks = """
    -- A track without a version has -1 for both numbers. `endpoints` repeats the rows of `endpoint`
    -- in the form that reads return.
    CREATE TABLE track (
      component_key bigint NOT NULL REFERENCES component (key),
      id \(text) NOT NULL CHECK (length(id) BETWEEN 1 AND 63),
      major bigint NOT NULL CHECK (major BETWEEN -1 AND 2147483647),
      minor bigint NOT NULL CHECK (minor BETWEEN -1 AND 2147483647),
      auto_deploy_enabled smallint NOT NULL CHECK (auto_deploy_enabled IN (0, 1)),
      config_revision integer NOT NULL CHECK (config_revision >= 0),
      revision bigint NOT NULL CHECK (revision >= 1),
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      branch \(text) NOT NULL CHECK (octet_length(branch) <= 255),
      created_by \(text) NOT NULL CHECK (length(created_by) <= 255),
      endpoints bytea NOT NULL,
      description \(text) NOT NULL CHECK (length(description) <= 1024),
      PRIMARY KEY (component_key, id),
      CHECK ((major = -1) = (minor = -1))
    );
    CREATE UNIQUE INDEX track_of_version ON track (component_key, major, minor)
      WHERE major >= 0;
    CREATE UNIQUE INDEX track_of_branch ON track (component_key, branch)
      WHERE major = -1;
    CREATE INDEX track_by_version ON track (component_key, major, minor, created_at, id);
    CREATE INDEX track_by_creation ON track (component_key, created_at, id);
    CREATE INDEX track_by_update ON track (component_key, updated_at, id);

    -- The latest track is one of this very component: the reference holds the component's key.
    ALTER TABLE component ADD FOREIGN KEY (key, latest_track_id)
      REFERENCES track (component_key, id);

    -- While a component has tracks, one of them is its latest: the first becomes it at once, the
    -- latest cannot be deleted (the reference), and the place is never emptied.
    CREATE FUNCTION first_track_is_latest() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      UPDATE component SET latest_track_id = NEW.id
        WHERE key = NEW.component_key AND latest_track_id IS NULL;
      RETURN NULL;
    END $body$;
    CREATE TRIGGER first_track_is_latest AFTER INSERT ON track
      FOR EACH ROW EXECUTE FUNCTION first_track_is_latest();
    CREATE FUNCTION latest_track_stays() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      RAISE EXCEPTION 'a component with tracks has a latest one';
    END $body$;
    CREATE TRIGGER latest_track_stays BEFORE UPDATE OF latest_track_id ON component
      FOR EACH ROW WHEN (NEW.latest_track_id IS NULL AND OLD.latest_track_id IS NOT NULL)
      EXECUTE FUNCTION latest_track_stays();

    -- `visibilities` is a set: bit 0 PUBLIC, bit 1 ORGANIZATION, bit 2 PROJECT.
    CREATE TABLE endpoint (
      component_key bigint NOT NULL,
      track_id \(text) NOT NULL,
      name \(text) NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
      type smallint NOT NULL CHECK (type BETWEEN 1 AND 6),
      port integer NOT NULL CHECK (port BETWEEN 1001 AND 65534),
      visibilities smallint NOT NULL CHECK (visibilities BETWEEN 1 AND 7),
      origin smallint NOT NULL CHECK (origin BETWEEN 1 AND 2),
      display_name \(text) NOT NULL CHECK (length(display_name) <= 50),
      base_path \(text) NOT NULL CHECK (length(base_path) <= 255),
      schema_file_path \(text) NOT NULL CHECK (length(schema_file_path) <= 1024),
      PRIMARY KEY (component_key, track_id, name),
      FOREIGN KEY (component_key, track_id)
        REFERENCES track (component_key, id) ON DELETE CASCADE,
      CHECK (type NOT IN (3, 4, 5) OR visibilities = 4)
    );

    CREATE TABLE config_revision (
      component_key bigint NOT NULL,
      track_id \(text) NOT NULL,
      number bigint NOT NULL CHECK (number BETWEEN 1 AND 2147483647),
      created_at bigint NOT NULL,
      actor \(text) NOT NULL,
      actor_verified smallint NOT NULL CHECK (actor_verified IN (0, 1)),
      on_behalf_of \(text) NOT NULL,
      endpoints bytea NOT NULL,
      api_settings bytea NOT NULL,
      environment_variables bytea NOT NULL,
      PRIMARY KEY (component_key, track_id, number),
      FOREIGN KEY (component_key, track_id)
        REFERENCES track (component_key, id) ON DELETE CASCADE
    );

    """

  private static let images = """
    -- What never changes and is not looked for is in `details`. An unversioned image has no track,
    -- and '' as the track that its save named; it gets a track once.
    CREATE TABLE image (
      key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id \(text) NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 63),
      component_key bigint NOT NULL REFERENCES component (key),
      track_id \(text),
      is_superseded smallint NOT NULL CHECK (is_superseded IN (0, 1)),
      was_deployed smallint NOT NULL DEFAULT 0 CHECK (was_deployed IN (0, 1)),
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      -- Of an image that is superseded: since when it is.
      kept_from bigint NOT NULL,
      saved_track_id \(text) NOT NULL,
      run_id \(text) NOT NULL CHECK (length(run_id) <= 255),
      commit_hash \(text) NOT NULL CHECK (length(commit_hash) <= 64),
      details bytea NOT NULL,
      UNIQUE (component_key, saved_track_id, run_id),
      FOREIGN KEY (component_key, track_id) REFERENCES track (component_key, id),
      CHECK (saved_track_id = '' OR (track_id IS NOT NULL AND track_id = saved_track_id))
    );
    -- Unversioned ones too.
    CREATE INDEX image_of_track ON image (component_key, track_id, created_at, id);
    CREATE INDEX image_of_commit ON image (component_key, track_id, commit_hash, created_at, id)
      WHERE is_superseded = 0 AND track_id IS NOT NULL AND commit_hash <> '';
    CREATE INDEX image_disposable ON image (kept_from)
      WHERE is_superseded = 1 AND was_deployed = 0;

    """

  private static let deployments = """
    -- The history. Images that never made it are reaped; hence their ids are no reference. A
    -- component's row is locked while its deployments get their numbers: they are in order.
    CREATE TABLE deployment (
      sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id \(text) NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 63),
      component_key bigint NOT NULL,
      track_id \(text) NOT NULL,
      environment_id \(text) NOT NULL,
      image_id \(text) NOT NULL,
      kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
      state smallint NOT NULL CHECK (state BETWEEN 1 AND 6),
      config_revision integer NOT NULL CHECK (config_revision >= 0),
      created_at bigint NOT NULL,
      started_at bigint,
      ended_at bigint,
      actor_verified smallint NOT NULL CHECK (actor_verified IN (0, 1)),
      holds_auto_deploy smallint NOT NULL CHECK (holds_auto_deploy IN (0, 1)),
      actor \(text) NOT NULL,
      on_behalf_of \(text) NOT NULL,
      release_id \(text) NOT NULL,
      release_deployment_id \(text) NOT NULL,
      rollback_of \(text) NOT NULL,
      restores \(text) NOT NULL,
      rolled_back_by \(text) NOT NULL,
      reason \(text) NOT NULL,
      bypass_reason \(text) NOT NULL,
      error \(text) NOT NULL,
      gitops_hash \(text) NOT NULL,
      api_settings bytea NOT NULL,
      FOREIGN KEY (component_key, track_id) REFERENCES track (component_key, id),
      CHECK ((release_id = '') = (release_deployment_id = '')),
      CHECK ((ended_at IS NULL) = (state <= 2)),
      CHECK (state <> 2 OR started_at IS NOT NULL)
    );
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

    CREATE FUNCTION deployment_end_is_final() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      RAISE EXCEPTION 'a deployment that has ended stays as it is';
    END $body$;
    CREATE TRIGGER deployment_end_is_final BEFORE UPDATE OF state ON deployment
      FOR EACH ROW WHEN (OLD.state > 2 AND NEW.state <> OLD.state)
      EXECUTE FUNCTION deployment_end_is_final();
    -- What once was good is kept.
    CREATE FUNCTION deployment_success() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      UPDATE image SET was_deployed = 1 WHERE id = NEW.image_id AND was_deployed = 0;
      RETURN NULL;
    END $body$;
    CREATE TRIGGER deployment_success AFTER UPDATE OF state ON deployment
      FOR EACH ROW WHEN (NEW.state = 3 AND OLD.state <> 3)
      EXECUTE FUNCTION deployment_success();
    CREATE TRIGGER deployment_success_at_once AFTER INSERT ON deployment
      FOR EACH ROW WHEN (NEW.state = 3) EXECUTE FUNCTION deployment_success();

    """

  private static let bindings = """
    CREATE TABLE binding (
      component_key bigint NOT NULL,
      track_id \(text) NOT NULL,
      environment_id \(text) NOT NULL REFERENCES environment (id),
      current_deployment_id \(text) REFERENCES deployment (id),
      current_image_id \(text) REFERENCES image (id),
      held_by \(text) NOT NULL,
      -- All three or none.
      gitops_repository_url \(text),
      gitops_branch \(text),
      gitops_path \(text),
      PRIMARY KEY (component_key, track_id, environment_id),
      FOREIGN KEY (component_key, track_id) REFERENCES track (component_key, id),
      CHECK ((current_deployment_id IS NULL) = (current_image_id IS NULL))
    );
    CREATE INDEX binding_of_environment ON binding (environment_id, component_key, track_id);
    CREATE INDEX binding_of_deployment ON binding (current_deployment_id)
      WHERE current_deployment_id IS NOT NULL;
    CREATE INDEX binding_of_image ON binding (current_image_id)
      WHERE current_image_id IS NOT NULL;

    """

  private static let operations = """
    -- Few rows: what is under way. They go with their track.
    CREATE TABLE operation (
      key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id \(text) NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 63),
      kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
      component_key bigint NOT NULL,
      track_id \(text) NOT NULL,
      environment_id \(text) NOT NULL,
      step smallint NOT NULL CHECK (step BETWEEN 1 AND 6),
      cleanup_step smallint NOT NULL CHECK (cleanup_step BETWEEN 0 AND 255),
      attempts integer NOT NULL CHECK (attempts >= 0),
      due_at bigint NOT NULL,
      lease_owner bytea CHECK (length(lease_owner) = 16),
      lease_epoch bigint NOT NULL CHECK (lease_epoch >= 0),
      -- By the clock of the database.
      lease_expires_at bigint CHECK ((lease_expires_at IS NULL) = (lease_owner IS NULL)),
      created_at bigint NOT NULL,
      actor_verified smallint NOT NULL CHECK (actor_verified IN (0, 1)),
      actor \(text) NOT NULL,
      on_behalf_of \(text) NOT NULL,
      gitops_hash \(text) NOT NULL,
      last_error \(text) NOT NULL,
      expected_current_id \(text) NOT NULL,
      promoted_from \(text) NOT NULL,
      bypass_reason \(text) NOT NULL,
      -- Deletions: whether places that cannot be reached are given up, and those that were.
      is_forced smallint NOT NULL CHECK (is_forced IN (0, 1)),
      abandoned \(text) NOT NULL,
      -- Cleanings: the place, and the first deployment that was put elsewhere.
      left_repository \(text) NOT NULL,
      left_branch \(text) NOT NULL,
      left_path \(text) NOT NULL,
      moved_by \(text) NOT NULL,
      -- That of the call that it comes from, as a `traceparent`; empty for none.
      trace \(text) NOT NULL CHECK (length(trace) <= 64),
      FOREIGN KEY (component_key, track_id)
        REFERENCES track (component_key, id) ON DELETE CASCADE,
      CHECK ((kind = 2) = (environment_id = '')),
      CHECK ((kind = 3) = (moved_by <> ''))
    );
    CREATE INDEX operation_of_track ON operation (component_key, track_id);
    CREATE UNIQUE INDEX operation_deletion ON operation (component_key, track_id) WHERE kind = 2;
    CREATE INDEX operation_deploying ON operation (environment_id, due_at, key)
      WHERE lease_owner IS NULL AND kind = 1 AND step <> 4;
    CREATE INDEX operation_reporting ON operation (due_at, key)
      WHERE lease_owner IS NULL AND kind = 1 AND step = 4;
    CREATE INDEX operation_removing ON operation (due_at, key)
      WHERE lease_owner IS NULL AND kind >= 2;
    CREATE INDEX operation_leased ON operation (lease_owner, lease_expires_at)
      WHERE lease_owner IS NOT NULL;

    CREATE TABLE operation_end (
      operation_id \(text) PRIMARY KEY CHECK (length(operation_id) BETWEEN 1 AND 63),
      -- NULL: it was done.
      failure \(text),
      is_temporary smallint NOT NULL CHECK (is_temporary IN (0, 1)),
      -- Places that were given up, one a line.
      abandoned \(text) NOT NULL,
      kept_from bigint NOT NULL
    );
    CREATE INDEX operation_end_by_age ON operation_end (kept_from);

    -- What the embedded release management knows.
    CREATE TABLE release (
      release_deployment_id \(text) PRIMARY KEY
        CHECK (length(release_deployment_id) BETWEEN 1 AND 255),
      release_id \(text) NOT NULL CHECK (length(release_id) BETWEEN 1 AND 255),
      component_key bigint NOT NULL,
      track_id \(text) NOT NULL,
      environment_id \(text) NOT NULL,
      image_id \(text) NOT NULL,
      status smallint NOT NULL CHECK (status BETWEEN 1 AND 4),
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      FOREIGN KEY (component_key, track_id) REFERENCES track (component_key, id)
    );
    CREATE INDEX release_of_track ON release (component_key, track_id);

    """

  private static let journals = """
    -- What tells this database from every other one.
    CREATE TABLE identity (
      one smallint PRIMARY KEY CHECK (one = 1),
      id bytea NOT NULL CHECK (length(id) = 16)
    );
    INSERT INTO identity (one, id) VALUES (1, decode('\(Migration.identity)', 'hex'));

    -- The numbers that were given last. A transaction that appends to the log of changes or to the
    -- audit locks this row last, and commits next: numbers have no gaps and are in the order of the
    -- commits.
    CREATE TABLE store_head (
      one smallint PRIMARY KEY CHECK (one = 1),
      change_sequence bigint NOT NULL,
      -- Counts the commits that others are told of: changes, and what operations became.
      news bigint NOT NULL,
      -- The last row of the audit, and the key that signed it: '' before the first.
      audit_sequence bigint NOT NULL,
      audit_code bytea NOT NULL,
      audit_key_id \(text) NOT NULL
    );
    INSERT INTO store_head
      (one, change_sequence, news, audit_sequence, audit_code, audit_key_id)
      VALUES (1, 0, 0, 0, '', '');

    -- Of each connection that writes: a word of the last transaction that it committed. Whoever lost
    -- the answer of a COMMIT finds here what became of it.
    CREATE TABLE commit_mark (
      writer bytea PRIMARY KEY CHECK (length(writer) = 16),
      word bytea NOT NULL CHECK (length(word) = 16),
      at bigint NOT NULL
    );

    CREATE TABLE change_log (
      sequence bigint PRIMARY KEY,
      kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
      resource smallint NOT NULL CHECK (resource BETWEEN 1 AND 8),
      at bigint NOT NULL,
      kept_from bigint NOT NULL,
      actor_verified smallint NOT NULL CHECK (actor_verified IN (0, 1)),
      actor \(text) NOT NULL,
      on_behalf_of \(text) NOT NULL,
      resource_id \(text) NOT NULL,
      project_id \(text) NOT NULL,
      component_id \(text) NOT NULL,
      snapshot bytea NOT NULL
    );
    CREATE INDEX change_of_project ON change_log (resource_id, sequence) WHERE resource = 2;

    -- The newest change that was dropped from the log, with its digest. And up to which change a
    -- number alone names it: none.
    CREATE TABLE log_state (
      one smallint PRIMARY KEY CHECK (one = 1),
      dropped_sequence bigint NOT NULL,
      dropped_digest bigint NOT NULL,
      undigested_limit bigint NOT NULL
    );
    INSERT INTO log_state (one, dropped_sequence, dropped_digest, undigested_limit)
      VALUES (1, 0, 0, 0);

    CREATE TABLE request (
      caller \(text) NOT NULL,
      method smallint NOT NULL,
      id bytea NOT NULL CHECK (length(id) = 16),
      digest bytea NOT NULL CHECK (length(digest) = 16),
      at bigint NOT NULL,
      kept_from bigint NOT NULL,
      response bytea NOT NULL,
      PRIMARY KEY (caller, method, id)
    );
    CREATE INDEX request_by_age ON request (kept_from);

    -- The key that seals page tokens and resume tokens. It is as secret as the rest of the database.
    CREATE TABLE token_key (
      one smallint PRIMARY KEY CHECK (one = 1),
      key bytea NOT NULL CHECK (length(key) = 32)
    );
    INSERT INTO token_key (one, key) VALUES (1, decode('\(Migration.key)', 'hex'));

    """

  private static let audit = """
    CREATE TABLE audit_event (
      sequence bigint PRIMARY KEY,
      at bigint NOT NULL,
      count bigint NOT NULL CHECK (count > 0),
      principal \(text) NOT NULL,
      is_verified smallint NOT NULL CHECK (is_verified IN (0, 1)),
      on_behalf_of \(text) NOT NULL,
      peer \(text) NOT NULL,
      method \(text) NOT NULL,
      resource \(text) NOT NULL,
      organization_id \(text) NOT NULL,
      project_id \(text) NOT NULL,
      component_id \(text) NOT NULL,
      environment_id \(text) NOT NULL,
      changed_fields \(text) NOT NULL,
      request_id \(text) NOT NULL,
      outcome \(text) NOT NULL,
      reason \(text) NOT NULL,
      kept_from bigint NOT NULL,
      key_id \(text) NOT NULL,
      code bytea NOT NULL
    );
    CREATE INDEX audit_event_component ON audit_event (component_id, sequence)
      WHERE component_id <> '';
    CREATE INDEX audit_event_principal ON audit_event (principal, sequence);
    CREATE INDEX audit_event_time ON audit_event ((sequence / 1024), at);

    CREATE TABLE audit_state (
      one smallint PRIMARY KEY CHECK (one = 1),
      key bytea NOT NULL CHECK (length(key) = 32),
      dropped_sequence bigint NOT NULL DEFAULT 0,
      dropped_code bytea NOT NULL DEFAULT '',
      key_id \(text) NOT NULL DEFAULT '',
      signature bytea NOT NULL DEFAULT '',
      logged_sequence bigint NOT NULL DEFAULT 0
    );
    INSERT INTO audit_state (one, key) VALUES (1, decode('\(Migration.key)', 'hex'));
    """
}
