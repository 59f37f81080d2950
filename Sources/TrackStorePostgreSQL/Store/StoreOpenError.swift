/// Why a store on PostgreSQL was not opened. Nothing was changed.
public enum StoreOpenError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The database cannot be reached, or not be used.
  case inaccessible(reason: String)
  /// The database holds tables, and none of them is of trackd.
  case foreign
  /// A later version of trackd made the schema, and this one cannot read it.
  case newer(schema: Int64, known: Int64)

  /// The database has a copy of another store that is not finished.
  case unfinishedCopy

  public var description: String {
    switch self {
    case .inaccessible(let reason): "the database cannot be used: \(reason)"
    case .foreign: "the database holds tables that are not trackd's: give it one of its own"
    case .newer(let schema, let known):
      "the database has schema \(schema), of a later trackd; this one knows schemas up to \(known)"
    case .unfinishedCopy:
      "the database has an unfinished copy of another store: run 'trackd store copy' again until it "
        + "says that it is done"
    }
  }
}
