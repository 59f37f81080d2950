/// Why a store could not be opened; its description is one line for the person who started trackd.
public enum StoreOpenError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file or folder could not be made, opened or locked, with the reason of the system.
  case inaccessible(path: String, reason: String)
  /// Another process has the data directory; its id, if it could be read.
  case held(directory: String, processId: Int32?)
  /// The database was made by a later version of trackd.
  case newer(path: String, schema: Int64, known: Int64)
  /// The file is no database of trackd.
  case foreign(path: String)
  /// The database could not be read or brought up to date.
  case damaged(path: String, reason: String)
  /// A start would lose writes that were acknowledged.
  case losingWrites(path: String, reason: String)
  /// Everybody can write to what trackd does not own.
  case writableByAll(path: String)

  public var description: String {
    switch self {
    case .inaccessible(let path, let reason):
      "cannot use \(path): \(reason)"
    case .held(let directory, let processId?):
      "the data directory \(directory) is in use by another trackd, process \(processId)"
    case .held(let directory, nil):
      "the data directory \(directory) is in use by another trackd"
    case .newer(let path, let schema, let known):
      "\(path) was written by a newer trackd: its schema is \(schema), this one knows \(known)"
    case .foreign(let path):
      "\(path) is no database of trackd"
    case .damaged(let path, let reason):
      "cannot open the database \(path): \(reason)"
    case .losingWrites(let path, let reason):
      "\(path): \(reason). Restore both from a backup, or start once with --accept-data-loss to go "
        + "on without those writes"
    case .writableByAll(let path):
      "\(path) belongs to another user and everybody can write to it: take that right away"
    }
  }
}
