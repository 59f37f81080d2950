/// The tables of the stores, in an order in which each row refers to earlier ones alone.
package extension StoredTable {
  static let all =
    catalog + tracks + [image, deployment, binding] + operations + journals + singles

  /// Tables that only the store on SQLite has: its clock, which is the database's own on PostgreSQL,
  /// and what is empty in a database that is up to date.
  static let onlyInSQLite = ["kept_repository", "retention_clock"]
  /// Tables that only the store on PostgreSQL has. `store_head` is made from what was copied.
  static let onlyInPostgreSQL = ["commit_mark", "store_copy", "store_head", "store_schema"]

  static let component = StoredTable(
    "component", key: "id",
    columns: [
      .text("id"), .number("key"), .text("project_id"), .text("latest_track_id", .later),
      .number("type"), .number("image_source"), .number("auto_build_on_commit"),
      .text("default_pipeline_id"), .text("repository_url"), .text("source_path"),
      .text("image_registry"), .text("image"),
    ])

  private static let catalog = [
    StoredTable("organization", key: "id", columns: [.text("id"), .number("tier")]),
    StoredTable("project", key: "id", columns: [.text("id"), .text("organization_id")]),
    StoredTable(
      "environment", key: "id",
      columns: [
        .text("id"), .text("project_id"), .text("name"), .text("gitops_repository_url"),
        .text("gitops_branch"), .text("gitops_path"), .text("gitops_key"), .text("gitops_folder"),
      ]),
    StoredTable("deployment_pipeline", key: "id", columns: [.text("id"), .text("project_id")]),
    StoredTable(
      "pipeline_environment", key: "pipeline_id", "position",
      columns: [
        .text("pipeline_id"), .number("position"), .text("project_id"), .text("environment_id"),
      ]),
    component,
  ]

  private static let tracks = [
    StoredTable(
      "track", key: "component_key", "id",
      columns: [
        .number("component_key"), .text("id"), .number("major"), .number("minor"),
        .number("auto_deploy_enabled"), .number("config_revision"), .number("revision"),
        .number("created_at"), .number("updated_at"), .text("branch"), .text("created_by"),
        .bytes("endpoints"), .text("description"),
      ]),
    StoredTable(
      "endpoint", key: "component_key", "track_id", "name",
      columns: [
        .number("component_key"), .text("track_id"), .text("name"), .number("type"),
        .number("port"), .number("visibilities"), .number("origin"), .text("display_name"),
        .text("base_path"), .text("schema_file_path"),
      ]),
    StoredTable(
      "config_revision", key: "component_key", "track_id", "number",
      columns: [
        .number("component_key"), .text("track_id"), .number("number"), .number("created_at"),
        .text("actor"), .number("actor_verified"), .text("on_behalf_of"), .bytes("endpoints"),
        .bytes("api_settings"), .bytes("environment_variables"),
      ]),
  ]

  private static let image = StoredTable(
    "image", key: "key",
    columns: [
      .number("key"), .text("id"), .number("component_key"), .text("track_id"),
      .number("is_superseded"), .number("was_deployed"), .number("created_at"),
      .number("updated_at"), .number("kept_from", .keptFrom), .text("saved_track_id"),
      .text("run_id"), .text("commit_hash"), .bytes("details"),
    ])

  private static let deployment = StoredTable(
    "deployment", key: "sequence",
    columns: [
      .number("sequence"), .text("id"), .number("component_key"), .text("track_id"),
      .text("environment_id"), .text("image_id"), .number("kind"), .number("state"),
      .number("config_revision"), .number("created_at"), .number("started_at"),
      .number("ended_at"), .number("actor_verified"), .number("holds_auto_deploy"),
      .text("actor"), .text("on_behalf_of"), .text("release_id"), .text("release_deployment_id"),
      .text("rollback_of"), .text("restores"), .text("rolled_back_by"), .text("reason"),
      .text("bypass_reason"), .text("error"), .text("gitops_hash"), .bytes("api_settings"),
    ])

  private static let binding = StoredTable(
    "binding", key: "component_key", "track_id", "environment_id",
    columns: [
      .number("component_key"), .text("track_id"), .text("environment_id"),
      .text("current_deployment_id"), .text("current_image_id"), .text("held_by"),
      .text("gitops_repository_url"), .text("gitops_branch"), .text("gitops_path"),
    ])

  private static let operations = [
    StoredTable(
      "operation", key: "key",
      columns: [
        .number("key"), .text("id"), .number("kind"), .number("component_key"),
        .text("track_id"), .text("environment_id"), .number("step"), .number("cleanup_step"),
        .number("attempts"), .number("due_at"), .bytes("lease_owner", .lease),
        .number("lease_epoch", .leaseEpoch), .number("lease_expires_at", .lease),
        .number("created_at"), .number("actor_verified"), .text("actor"), .text("on_behalf_of"),
        .text("gitops_hash"), .text("last_error"), .text("expected_current_id"),
        .text("promoted_from"), .text("bypass_reason"), .number("is_forced"), .text("abandoned"),
        .text("left_repository"), .text("left_branch"), .text("left_path"), .text("moved_by"),
        .text("trace"), .number("is_restored"),
      ]),
    StoredTable(
      "operation_end", key: "operation_id",
      columns: [
        .text("operation_id"), .text("failure"), .number("is_temporary"), .text("abandoned"),
        .number("kept_from", .keptFrom),
      ]),
    // The epoch stays: what the former executors have published in the lane has a lower one.
    StoredTable(
      "lane_lease", key: "lane",
      columns: [
        .text("lane"), .bytes("owner"), .number("epoch"), .number("expires_at", .laneExpiry),
      ]),
    StoredTable(
      "release", key: "release_deployment_id",
      columns: [
        .text("release_deployment_id"), .text("release_id"), .number("component_key"),
        .text("track_id"), .text("environment_id"), .text("image_id"), .number("status"),
        .number("created_at"), .number("updated_at"),
      ]),
  ]

  private static let journals = [
    StoredTable(
      "change_log", key: "sequence",
      columns: [
        .number("sequence"), .number("kind"), .number("resource"), .number("at"),
        .number("kept_from", .keptFrom), .number("actor_verified"), .text("actor"),
        .text("on_behalf_of"), .text("resource_id"), .text("project_id"), .text("component_id"),
        .bytes("snapshot"),
      ]),
    StoredTable(
      "request", key: "caller", "method", "id",
      columns: [
        .text("caller"), .number("method"), .bytes("id"), .bytes("digest"), .number("at"),
        .number("kept_from", .keptFrom), .bytes("response"),
      ]),
    // Its `kept_from` is signed, and stays. By the clock of PostgreSQL the event is old then, and the
    // time of day, which is signed too and has to be old as well, decides alone.
    StoredTable(
      "audit_event", key: "sequence",
      columns: [
        .number("sequence"), .number("at"), .number("count"), .text("principal"),
        .number("is_verified"), .text("on_behalf_of"), .text("peer"), .text("method"),
        .text("resource"), .text("organization_id"), .text("project_id"), .text("component_id"),
        .text("environment_id"), .text("changed_fields"), .text("request_id"), .text("outcome"),
        .text("reason"), .number("kept_from"), .text("key_id"), .bytes("code"),
      ]),
    StoredTable("kept_host", key: "name", columns: [.text("name")]),
    StoredTable("compared_lane", key: "lane", columns: [.text("lane"), .text("fault")]),
    StoredTable(
      "place_drift",
      key: "component_id", "track_id", "environment_id", "repository", "branch", "path",
      columns: [
        .text("component_id"), .text("track_id"), .text("environment_id"), .text("repository"),
        .text("branch"), .text("path"), .text("lane"), .number("kind"), .text("believed"),
        .text("found"), .number("comparison"),
      ]),
  ]

  private static let singles = [
    StoredTable("identity", key: "one", columns: [.number("one"), .bytes("id")]),
    StoredTable(
      "store_restore", key: "one",
      columns: [
        .number("one"), .bytes("id"), .number("noted_at"), .text("noted_by"),
        .number("comparison"), .number("compared"), .number("compared_at", .keptFrom),
        .number("ended_at"), .text("ended_by"),
      ]),
    StoredTable("token_key", key: "one", columns: [.number("one"), .bytes("key")]),
    StoredTable(
      "log_state", key: "one",
      columns: [
        .number("one"), .number("dropped_sequence"), .number("dropped_digest"),
        .number("undigested_limit"),
      ]),
    StoredTable(
      "audit_state", key: "one",
      columns: [
        .number("one"), .bytes("key"), .number("dropped_sequence"), .bytes("dropped_code"),
        .text("key_id"), .bytes("signature"), .number("logged_sequence"),
      ]),
  ]
}
