import EventLoop
import HTTP2

/// The receive window of a connection, and what is known of its bandwidth. Confined to its loop.
struct ConnectionFlow {
  /// The window before it grew.
  let firstBytes: Int
  /// The window.
  var bytes: Int
  /// Bytes of the server's budget that this window has, and that it and the streams' have together.
  var ownExtra = 0
  var extra = 0
  var probe: BandwidthProbe
  /// The largest window that a stream has needed.
  var learned = 0
  var lastBulkAt: MonotonicTime

  init(_ limits: HTTP2Limits, at now: MonotonicTime) {
    firstBytes = max(65_535, limits.connectionWindowBytes)
    bytes = firstBytes
    lastBulkAt = now
    probe = BandwidthProbe(threshold: max(4096, limits.streamWindowBytes / 4), at: now)
  }
}

/// The receive window of a stream.
struct StreamWindow {
  /// The window before it grew.
  let firstBytes: Int
  /// The window.
  var bytes: Int
  /// Bytes of the server's budget that it has.
  var extra = 0
  /// Bulk bytes that came, and how many of them during a sample.
  private(set) var bulk = 0
  private(set) var sampled = 0
  private(set) var sample = 0
  private var hasAsked = false

  init(bytes: Int) {
    firstBytes = bytes
    self.bytes = bytes
  }

  mutating func count(_ count: Int, sample number: Int) {
    bulk += count
    if sample != number {
      sample = number
      sampled = 0
    }
    sampled += count
  }

  /// Whether it was used up in one round trip, by a peer that is not ahead of its reader.
  ///
  /// nghttp2 gives a window back by halves, so that a peer may never have more than half of it
  /// under way: two thirds of that are enough.
  func isTooSmall(_ unconsumed: Int) -> Bool {
    sampled > bytes / 3 && unconsumed <= bytes / 2
  }

  /// Whether this is the first time.
  mutating func asksForLearned() -> Bool {
    defer { hasAsked = true }
    return !hasAsked
  }
}
