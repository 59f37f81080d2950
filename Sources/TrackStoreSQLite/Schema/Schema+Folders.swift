/// What version 8 adds: which folder of which repository is an environment's, however that is
/// written.
extension Schema {
  static let folders = """
    -- The root, which an empty path meant.
    UPDATE environment SET gitops_path = '.' WHERE gitops_path = '';
    UPDATE binding SET gitops_path = '.' WHERE gitops_path = '';
    -- NULL until `EnvironmentFolders` has seen the row.
    ALTER TABLE environment ADD COLUMN gitops_key TEXT;
    ALTER TABLE environment ADD COLUMN gitops_folder TEXT;
    CREATE INDEX environment_of_folder ON environment (gitops_key, gitops_folder);
    """
}
