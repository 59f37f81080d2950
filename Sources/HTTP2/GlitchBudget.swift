/// What frames that carry nothing useful may cost a connection. Pure.
///
/// Every such frame costs; useful work earns back, so that a connection in good use never runs
/// out: clients answer the data they get with WINDOW_UPDATEs, one or two each few kilobytes or
/// each message, and their BDP estimators with PINGs.
struct GlitchBudget {
  /// Tokens are thousandths of a glitch (1024).
  static let glitch = 1024
  /// The useful bytes that pay for a glitch.
  static let bytesPerGlitch = 1024

  private var bucket: TokenBucket

  init(_ rate: HTTP2Limits.Rate, now: UInt64) {
    bucket = TokenBucket(
      burst: min(max(0, rate.burst), Int(Int32.max)) * Self.glitch,
      perSecond: min(max(0, rate.perSecond), Int(Int32.max)) * Self.glitch, now: now)
  }

  /// What a frame of no use costs, in glitches.
  enum Cost: Int {
    /// PING, PRIORITY, WINDOW_UPDATE, GOAWAY, an unknown type, an empty CONTINUATION, DATA with
    /// fewer bytes than a message's prefix, HEADERS that say nothing new.
    case frame = 1
    /// SETTINGS: an answer each, and work on every stream.
    case settings = 10
  }

  /// False when the budget is used up.
  @inline(__always)
  mutating func charge(_ cost: Cost, now: () -> UInt64) -> Bool {
    bucket.take(cost.rawValue * Self.glitch, now: now)
  }

  /// A frame that was charged at its header has turned out to be useful.
  @inline(__always)
  mutating func refund(_ cost: Cost) {
    bucket.credit(cost.rawValue * Self.glitch)
  }

  /// A DATA frame or a header block that this side chose to send: a peer may answer it with a
  /// WINDOW_UPDATE for the stream and one for the connection.
  @inline(__always)
  mutating func sent(bytes: Int) {
    bucket.credit(2 * Self.glitch + bytes * Self.glitch / Self.bytesPerGlitch)
  }

  /// Body bytes received.
  @inline(__always)
  mutating func received(bytes: Int) {
    bucket.credit(bytes * Self.glitch / Self.bytesPerGlitch)
  }
}
