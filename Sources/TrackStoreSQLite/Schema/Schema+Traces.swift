/// The trace of the call that an operation comes from, as a `traceparent`; empty for none.
extension Schema {
  static let traces = """
    ALTER TABLE operation ADD COLUMN trace TEXT NOT NULL DEFAULT '' CHECK (length(trace) <= 64);
    """
}
