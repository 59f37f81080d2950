/// What version 3 adds: what a copy of a store on SQLite has brought.
extension Schema {
  static let copies = """
    -- The hosts of repositories that were used before there were rules for them.
    CREATE TABLE kept_host (
      name text COLLATE "C" PRIMARY KEY
    );
    -- The copy that the rows come from; no row: they come from none.
    CREATE TABLE store_copy (
      one smallint PRIMARY KEY CHECK (one = 1),
      source_id bytea NOT NULL CHECK (length(source_id) = 16),
      -- As the source was; NULL: what was copied is of no use.
      source_state text COLLATE "C",
      -- What the clock of the database is ahead of the source's clock of the retention.
      clock_offset bigint NOT NULL,
      -- NULL: the database is not to be used yet.
      finished_at bigint
    );
    """
}
