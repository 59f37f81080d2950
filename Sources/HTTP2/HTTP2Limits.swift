import Wire

/// Everything that bounds what one peer can cost, in one value with finite defaults. What HTTP/2
/// has a setting for is announced in SETTINGS.
public struct HTTP2Limits: Sendable, Equatable {
  /// Streams a peer may have open, and calls it may have at work: a stream counts from its headers
  /// until both it is closed and its slot is released (`HTTP2Session.release`).
  public var maxConcurrentStreams: UInt32 = 1000
  /// Bytes of a header block: the sum of name + value + 32 over its fields (RFC 9113 section
  /// 6.5.2). More are never taken.
  public var maxHeaderListBytes: Int = 16 * 1024
  /// Bytes of a header block that are always taken, and that SETTINGS announce. Between them and
  /// `maxHeaderListBytes` a block is refused with a chance that grows with its size, so that a
  /// client whose metadata grow learns of it while most of its calls still pass. Nil: half of
  /// `maxHeaderListBytes`, and no less than 8 KiB.
  public var softHeaderListBytes: Int?
  public var maxHeaderFields: Int = 100
  /// Bytes a stream may receive beyond what was consumed. At most 2^31 - 1.
  public var streamWindowBytes: Int = 1 << 20
  /// The same for all streams of a connection together. At least 65,535.
  public var connectionWindowBytes: Int = 4 << 20
  /// The largest frame that is accepted, 2^14 ... 2^24 - 1.
  public var maxFrameBytes: Int = 16 * 1024
  /// HPACK tables: for decoding (announced) and for encoding.
  public var headerTableBytes: Int = 4096
  public var sendHeaderTableBytes: Int = 4096
  /// Bytes of one header block that this side sends, before compression.
  public var maxSendHeaderBlockBytes: Int = 64 * 1024
  /// A stream that had this many bytes queued reports `writable` once it is down to half of them.
  public var sendHighWatermark: Int = 128 * 1024

  public var maxContinuations: Int = 8
  public var maxSettingsEntries: Int = 32
  /// PING and SETTINGS acknowledgements that may wait to be sent.
  public var maxQueuedAcks: Int = 1000
  /// Frames of all kinds, but DATA, that may wait to be sent after a read.
  public var maxQueuedFrames: Int = 8192

  /// RST_STREAMs of the peer: this many at once, and this many a second for long.
  public var resets = Rate(burst: 1000, perSecond: 100)
  /// RST_STREAMs that the peer makes this side send.
  public var inducedResets = Rate(burst: 200, perSecond: 20)
  /// Frames that carry nothing useful. Useful frames earn some back: see `GlitchBudget`.
  public var glitches = Rate(burst: 2000, perSecond: 100)

  /// The soft limit in bytes.
  var announcedHeaderListBytes: Int {
    HeaderListLimit(softBytes: softHeaderListBytes, hardBytes: maxHeaderListBytes).softBytes
  }

  public init() {}

  /// A token bucket's size and refill.
  public struct Rate: Sendable, Equatable {
    public var burst: Int
    public var perSecond: Int

    public init(burst: Int, perSecond: Int) {
      self.burst = burst
      self.perSecond = perSecond
    }
  }
}
