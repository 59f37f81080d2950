/// The tables of trackd, step by step. A step that was released never changes.
///
/// All tables are STRICT. Times are microseconds since 1970. Enumerations hold the raw values of
/// `TrackDomain`. A component has a small number, `key`, so that rows and indexes of its tracks
/// need not repeat its id.
enum Schema {
  static let version1 = catalog + tracks + journals

  private static let catalog = """
    CREATE TABLE organization (
      id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      tier INTEGER NOT NULL CHECK (tier BETWEEN 1 AND 2)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE project (
      id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      organization_id TEXT NOT NULL REFERENCES organization (id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX project_of_organization ON project (organization_id, id);

    CREATE TABLE environment (
      id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      project_id TEXT NOT NULL REFERENCES project (id),
      name TEXT NOT NULL CHECK (length(name) <= 255),
      gitops_repository_url TEXT NOT NULL CHECK (length(gitops_repository_url) <= 2048),
      gitops_branch TEXT NOT NULL CHECK (length(gitops_branch) <= 255),
      gitops_path TEXT NOT NULL CHECK (length(gitops_path) <= 1024),
      UNIQUE (project_id, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE deployment_pipeline (
      id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      project_id TEXT NOT NULL REFERENCES project (id),
      UNIQUE (project_id, id)
    ) STRICT, WITHOUT ROWID;

    -- The project stands here too, so that a pipeline and its environments share it.
    CREATE TABLE pipeline_environment (
      pipeline_id TEXT NOT NULL,
      position INTEGER NOT NULL CHECK (position >= 0),
      project_id TEXT NOT NULL,
      environment_id TEXT NOT NULL,
      PRIMARY KEY (pipeline_id, position),
      UNIQUE (pipeline_id, environment_id),
      FOREIGN KEY (project_id, pipeline_id)
        REFERENCES deployment_pipeline (project_id, id) ON DELETE CASCADE,
      FOREIGN KEY (project_id, environment_id) REFERENCES environment (project_id, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pipeline_environment_of_environment
      ON pipeline_environment (environment_id, pipeline_id);

    -- The latest track is one of this very component: the reference holds the component's key.
    CREATE TABLE component (
      id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 63),
      key INTEGER NOT NULL UNIQUE CHECK (key > 0),
      project_id TEXT NOT NULL REFERENCES project (id),
      latest_track_id TEXT,
      type INTEGER NOT NULL CHECK (type BETWEEN 1 AND 4),
      image_source INTEGER NOT NULL CHECK (image_source BETWEEN 1 AND 2),
      auto_build_on_commit INTEGER CHECK (auto_build_on_commit IN (0, 1)),
      default_pipeline_id TEXT,
      repository_url TEXT NOT NULL CHECK (length(repository_url) <= 2048),
      source_path TEXT NOT NULL CHECK (length(source_path) <= 1024),
      image_registry TEXT NOT NULL CHECK (length(image_registry) <= 255),
      image TEXT NOT NULL CHECK (length(image) <= 255),
      FOREIGN KEY (key, latest_track_id) REFERENCES track (component_key, id),
      FOREIGN KEY (project_id, default_pipeline_id)
        REFERENCES deployment_pipeline (project_id, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX component_of_project ON component (project_id, id);
    CREATE INDEX component_of_pipeline ON component (default_pipeline_id)
      WHERE default_pipeline_id IS NOT NULL;

    """

  private static let tracks = """
    -- A track without a version has -1 for both numbers. `endpoints` repeats the rows of `endpoint`
    -- in the form that reads return.
    CREATE TABLE track (
      component_key INTEGER NOT NULL REFERENCES component (key),
      id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 63),
      major INTEGER NOT NULL CHECK (major BETWEEN -1 AND 2147483647),
      minor INTEGER NOT NULL CHECK (minor BETWEEN -1 AND 2147483647),
      auto_deploy_enabled INTEGER NOT NULL CHECK (auto_deploy_enabled IN (0, 1)),
      config_revision INTEGER NOT NULL CHECK (config_revision BETWEEN 0 AND 2147483647),
      revision INTEGER NOT NULL CHECK (revision >= 1),
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      branch TEXT NOT NULL CHECK (length(CAST(branch AS BLOB)) <= 255),
      created_by TEXT NOT NULL CHECK (length(created_by) <= 255),
      endpoints BLOB NOT NULL,
      description TEXT NOT NULL CHECK (length(description) <= 1024),
      PRIMARY KEY (component_key, id),
      CHECK ((major = -1) = (minor = -1))
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX track_of_version ON track (component_key, major, minor)
      WHERE major >= 0;
    CREATE UNIQUE INDEX track_of_branch ON track (component_key, branch)
      WHERE major = -1;
    CREATE INDEX track_by_version ON track (component_key, major, minor, created_at, id);
    CREATE INDEX track_by_creation ON track (component_key, created_at, id);
    CREATE INDEX track_by_update ON track (component_key, updated_at, id);

    -- While a component has tracks, one of them is its latest: the first becomes it at once, the
    -- latest cannot be deleted (the reference), and the place is never emptied.
    CREATE TRIGGER first_track_is_latest AFTER INSERT ON track BEGIN
      UPDATE component SET latest_track_id = NEW.id
        WHERE key = NEW.component_key AND latest_track_id IS NULL;
    END;
    CREATE TRIGGER latest_track_stays BEFORE UPDATE OF latest_track_id ON component
      WHEN NEW.latest_track_id IS NULL AND OLD.latest_track_id IS NOT NULL BEGIN
      SELECT RAISE(ABORT, 'a component with tracks has a latest one');
    END;

    -- `visibilities` is a set: bit 0 PUBLIC, bit 1 ORGANIZATION, bit 2 PROJECT.
    CREATE TABLE endpoint (
      component_key INTEGER NOT NULL,
      track_id TEXT NOT NULL,
      name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
      type INTEGER NOT NULL CHECK (type BETWEEN 1 AND 6),
      port INTEGER NOT NULL CHECK (port BETWEEN 1001 AND 65534),
      visibilities INTEGER NOT NULL CHECK (visibilities BETWEEN 1 AND 7),
      origin INTEGER NOT NULL CHECK (origin BETWEEN 1 AND 2),
      display_name TEXT NOT NULL CHECK (length(display_name) <= 50),
      base_path TEXT NOT NULL CHECK (length(base_path) <= 255),
      schema_file_path TEXT NOT NULL CHECK (length(schema_file_path) <= 1024),
      PRIMARY KEY (component_key, track_id, name),
      FOREIGN KEY (component_key, track_id)
        REFERENCES track (component_key, id) ON DELETE CASCADE,
      CHECK (type NOT IN (3, 4, 5) OR visibilities = 4)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE config_revision (
      component_key INTEGER NOT NULL,
      track_id TEXT NOT NULL,
      number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 2147483647),
      created_at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      actor_verified INTEGER NOT NULL CHECK (actor_verified IN (0, 1)),
      endpoints BLOB NOT NULL,
      PRIMARY KEY (component_key, track_id, number),
      FOREIGN KEY (component_key, track_id)
        REFERENCES track (component_key, id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    """

  private static let journals = """
    -- AUTOINCREMENT: a number is not given again when the newest rows are reaped.
    CREATE TABLE change_log (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
      resource INTEGER NOT NULL CHECK (resource BETWEEN 1 AND 6),
      at INTEGER NOT NULL,
      actor_verified INTEGER NOT NULL CHECK (actor_verified IN (0, 1)),
      actor TEXT NOT NULL,
      resource_id TEXT NOT NULL,
      project_id TEXT NOT NULL,
      component_id TEXT NOT NULL,
      snapshot BLOB NOT NULL
    ) STRICT;

    CREATE TABLE request (
      caller TEXT NOT NULL,
      method INTEGER NOT NULL,
      id BLOB NOT NULL CHECK (length(id) = 16),
      digest BLOB NOT NULL CHECK (length(digest) = 16),
      at INTEGER NOT NULL,
      response BLOB NOT NULL,
      PRIMARY KEY (caller, method, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX request_by_age ON request (at);
    """
}
