/// Decides when to return memory to the system. Pure.
///
/// The allocator keeps memory that a burst has freed: without this, one flood would leave the
/// process large for good. Freed memory counts as resident until it is returned, so the measure is
/// the smallest size so far. Above it, returning memory is tried again and again once growth has
/// ended, with pauses short enough for memory that was freed right after the last try.
struct TrimPolicy {
  /// Less growth than this is not worth the work.
  private static let slack = 1 << 20
  /// The longest pause after a try that returned nothing, in checks.
  static let longestPause = 3

  /// The fewest bytes that were ever resident.
  private var floor: Int?
  private var last = 0
  private var pause = 1
  /// Checks until the pause is over.
  private var looksLeft = 0

  /// - Parameter resident: bytes in memory before there is work.
  init(resident: Int? = nil) {
    floor = resident
    last = resident ?? 0
  }

  /// - Parameter resident: bytes in memory now.
  /// - Returns: whether to return memory now; `trimmed` gets the result.
  mutating func shouldTrim(resident: Int) -> Bool {
    defer { last = resident }
    looksLeft = max(0, looksLeft - 1)
    guard let floor else {
      self.floor = resident
      return false
    }
    self.floor = min(floor, resident)
    return looksLeft == 0 && resident > floor + Self.slack && resident <= last + Self.slack
  }

  mutating func trimmed(from before: Int, to resident: Int) {
    pause = before - resident > Self.slack ? 1 : min(pause * 2, Self.longestPause)
    looksLeft = pause
    floor = min(floor ?? resident, resident)
    last = resident
  }
}
