/// What version 11 adds: the hosts of repositories that were used before there were rules for them.
extension Schema {
  static let keptHosts = """
    CREATE TABLE kept_host (
      name TEXT NOT NULL PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    -- The URLs of which `KeptHosts` has not read the hosts yet.
    CREATE TABLE kept_repository (
      url TEXT NOT NULL PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    INSERT INTO kept_repository (url)
      SELECT repository_url FROM component WHERE repository_url <> ''
      UNION SELECT gitops_repository_url FROM environment WHERE gitops_repository_url <> ''
      UNION SELECT gitops_repository_url FROM binding WHERE gitops_repository_url <> ''
      UNION SELECT left_repository FROM operation WHERE left_repository <> '';
    """
}
