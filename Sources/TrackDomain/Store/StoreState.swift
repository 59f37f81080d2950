/// Whether a store works.
public enum StoreState: Sendable, Equatable {
  case open
  /// Writes are refused until the process starts again, for the reason given (for the log).
  case failed(String)
  /// Closed in order.
  case closed
}
