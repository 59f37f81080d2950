/// Decides when memory goes back to the system; pure.
///
/// The allocator keeps what a burst has freed: without this, one flood would leave the process large
/// for good. What is freed does not show in the resident bytes before it is given back, so the one
/// measure is the lowest height ever: above it giving back is tried again and again, once growth has
/// ended, with a pause that is short enough for what was freed right after the last time.
struct TrimPolicy {
  /// Growth that is not worth the work.
  private static let slack = 1 << 20
  /// In looks: how long to wait after a time that brought nothing.
  static let longestPause = 3

  /// The fewest bytes that were ever resident.
  private var floor: Int?
  private var last = 0
  private var pause = 1
  /// Looks until the pause is over.
  private var looksLeft = 0

  /// - Parameter resident: bytes in memory before there is work.
  init(resident: Int? = nil) {
    floor = resident
    last = resident ?? 0
  }

  /// - Parameter resident: bytes in memory now.
  /// - Returns: whether to give back now; `trimmed` is told the outcome.
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
