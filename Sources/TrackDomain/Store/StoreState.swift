/// Whether a store works.
public enum StoreState: Sendable, Equatable {
  case open
  /// The database does not answer, for the reason given (for the log): reads and writes are refused
  /// until it does. Nothing has to be restarted.
  case unreachable(String)
  /// Writes are refused until the process starts again, for the reason given (for the log).
  case failed(String)
  /// Closed in order.
  case closed
}
