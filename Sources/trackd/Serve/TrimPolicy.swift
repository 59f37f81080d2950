/// Decides when memory goes back to the system.
///
/// The allocator keeps what a burst has freed: without this, one flood would leave the process large
/// for good. It is given back once the process has grown and has stopped growing.
struct TrimPolicy {
  /// Growth that is not worth the work.
  private static let slack = 1 << 20

  /// Resident bytes after the last time.
  private var base: Int?
  private var last = 0

  /// - Parameter resident: bytes in memory now.
  /// - Returns: whether to give back now; `trimmed` is told the outcome.
  mutating func shouldTrim(resident: Int) -> Bool {
    defer { last = resident }
    guard let base else {
      self.base = resident
      return false
    }
    return resident > base + Self.slack && resident <= last + Self.slack
  }

  mutating func trimmed(resident: Int) {
    base = resident
    last = resident
  }
}
