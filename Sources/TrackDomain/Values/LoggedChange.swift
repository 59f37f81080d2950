/// A change with its place in the log.
public struct LoggedChange: Sendable, Hashable {
  /// Grows from change to change, not always by one; never used twice.
  public var sequence: Int64
  public var change: Change

  public init(sequence: Int64, change: Change) {
    self.sequence = sequence
    self.change = change
  }
}
