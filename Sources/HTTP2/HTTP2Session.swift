internal import CNGHTTP2
internal import CSessionMemory
import Wire

/// One HTTP/2 connection without its socket: bytes in, events out, bytes out (RFC 9113).
///
/// The caller feeds what it reads to `receive`, drains `nextEvent` until nil, acts on streams, and
/// writes what `produceOutput` gives. Producing output can end streams, so events are drained after
/// it as well. Nothing is called back: what happens inside nghttp2 only appends events, counts
/// against a limit, or hands out queued bytes.
///
/// Confined to one thread at a time; it takes no locks. No member blocks, and none calls the
/// caller's code.
///
/// The state on the path of every frame is exempt from dynamic exclusivity checks, a tenth of a
/// call's cost here. What makes that sound: no access to a property lasts across a call into
/// nghttp2, so a callback never meets one that is open.
@safe
public final class HTTP2Session {
  /// What `dataBuffer` keeps for the next read.
  static let keptDataBytes = 512

  public enum Role: Sendable {
    case server
    case client
  }

  public let role: Role
  public let limits: HTTP2Limits

  /// nghttp2's session; nil only while `init` runs. This object owns it and `deinit` frees it.
  private(set) var handle: OpaquePointer?
  /// The error that ended the session, once it did: thrown by `receive`, or found by nghttp2 and
  /// set when its GOAWAY has been produced.
  public internal(set) var failure: HTTP2Error? {
    @inlinable get { knownFailure }
    set { knownFailure = newValue }
  }
  // Behind an inlinable property, as others here: the attribute does not reach other modules.
  @usableFromInline @safe @exclusivity(unchecked) var knownFailure: HTTP2Error?

  // What the callbacks write.
  @safe @exclusivity(unchecked) var events = EventQueue()
  /// Body bytes between their arrival and the draining of their events: one allocation for all the
  /// DATA of a read, none while idle.
  @safe @exclusivity(unchecked) var dataBuffer = ByteBuffer()
  @safe @exclusivity(unchecked) var headers: HeaderCollector
  /// Servers only.
  @safe @exclusivity(unchecked) var requestRules = RequestRules()
  /// The stream whose header block is being decoded.
  @safe @exclusivity(unchecked) var headerStream: HTTP2Stream?
  @safe @exclusivity(unchecked) var glitches: GlitchBudget
  @safe @exclusivity(unchecked) var resets: TokenBucket
  @safe @exclusivity(unchecked) var inducedResets: TokenBucket
  /// A budget ran out inside a callback.
  @safe @exclusivity(unchecked) var pendingRefusal: HTTP2Refusal?
  /// RST_STREAMs to submit when nghttp2 has returned.
  @safe @exclusivity(unchecked) var pendingResets: [(stream: Int32, code: HTTP2ErrorCode)] = []
  /// Open streams that were answered before their request was complete.
  @safe @exclusivity(unchecked) var answeredEarly = 0
  /// Bytes to consume on the connection's window when nghttp2 has returned.
  @safe @exclusivity(unchecked) var pendingConsumption = 0
  /// Where DATA frames go while `produceOutput` runs.
  @exclusivity(unchecked) var output: UnsafeMutablePointer<HTTP2Output>? = nil
  @safe @exclusivity(unchecked) var outputLimit = 0

  // Streams.
  /// Every stream that nghttp2 knows, in no order. Owns them until the session is over.
  @safe @exclusivity(unchecked) public private(set) var streams: [HTTP2Stream] = []
  /// Makes the object of a new stream, where the caller has a subclass for it. It must not keep
  /// this session alive.
  @safe @exclusivity(unchecked) public var makeStream: ((_ id: Int32) -> HTTP2Stream)?
  /// Streams reported by `HTTP2Event.headers` and not yet given to `release`.
  @safe @exclusivity(unchecked) public internal(set) var heldSlots = 0
  /// Body bytes given to `send` on all streams that are not produced yet.
  public internal(set) var queuedBytes: Int {
    @inlinable get { bytesInQueues }
    set { bytesInQueues = newValue }
  }
  @usableFromInline @safe @exclusivity(unchecked) var bytesInQueues = 0
  @safe @exclusivity(unchecked) var lastStreamID: Int32 = 0
  /// HEADERS and DATA that this side has sent.
  @safe @exclusivity(unchecked) public internal(set) var messageFramesSent = 0
  /// PINGs of the peer, answers aside.
  public internal(set) var pingsReceived: Int {
    @inlinable get { pingsCounted }
    set { pingsCounted = newValue }
  }
  @usableFromInline @safe @exclusivity(unchecked) var pingsCounted = 0

  // The connection's state.
  /// What has come of the client's preface (servers).
  @safe @exclusivity(unchecked) var preface: ClientPreface
  @safe @exclusivity(unchecked) var scanner = FrameScanner()
  /// Servers only.
  @safe @exclusivity(unchecked) var streamRules = StreamRules()
  /// The first bytes of a frame header that has not come whole: nghttp2 does not have them.
  @safe @exclusivity(unchecked) var heldHeader: [UInt8] = []
  /// A frame of no effect is to show whether nghttp2 still reads.
  @safe @exclusivity(unchecked) var isProbing = false
  /// nghttp2 has ended the connection and reads nothing more; its GOAWAY is not produced yet.
  @safe @exclusivity(unchecked) var isDeaf = false
  @safe @exclusivity(unchecked) var hasProducedOutput = false
  @safe @exclusivity(unchecked) var settingsAcked = false
  /// The GOAWAY to send instead of whatever nghttp2 has queued.
  @safe @exclusivity(unchecked) var finalFrame: [UInt8]?
  @safe @exclusivity(unchecked) var isOver = false
  @safe @exclusivity(unchecked) var goAwayLastStreamID: Int32?
  @safe @exclusivity(unchecked) var isDrainPingAcked = false
  /// The caller sent a GOAWAY with an error code of its own and lets streams go on.
  @safe @exclusivity(unchecked) var isCallersGoAway = false
  @safe @exclusivity(unchecked) var isDraining = false
  /// Nanoseconds of a monotonic clock; read only when a budget ran out.
  let clock: () -> UInt64
  /// From 0 to 1: decides on header blocks above the soft limit.
  var random: () -> Double = { .random(in: 0..<1) }

  /// A session that has its preface queued for output.
  ///
  /// A server's is held back until the client's has arrived, so that a peer that speaks another
  /// protocol can be answered in it.
  ///
  /// - Parameter preface: the part of the client's preface that a server has read before.
  public convenience init(
    role: Role, limits: HTTP2Limits = HTTP2Limits(), preface: ClientPreface = ClientPreface()
  ) throws(HTTP2Error) {
    try self.init(role: role, limits: limits, preface: preface, clock: { h2shim_now() })
  }

  init(
    role: Role, limits: HTTP2Limits, preface: ClientPreface = ClientPreface(),
    clock: @escaping () -> UInt64
  ) throws(HTTP2Error) {
    self.role = role
    self.limits = limits
    self.clock = clock
    let now = clock()
    headers = HeaderCollector(
      maxBytes: limits.maxHeaderListBytes, softBytes: limits.announcedHeaderListBytes,
      maxFields: limits.maxHeaderFields)
    glitches = GlitchBudget(limits.glitches, now: now)
    resets = TokenBucket(
      burst: limits.resets.burst, perSecond: limits.resets.perSecond, now: now)
    inducedResets = TokenBucket(
      burst: limits.inducedResets.burst, perSecond: limits.inducedResets.perSecond, now: now)
    self.preface = role == .server ? preface : .received
    unsafe handle = try makeSession(for: self)
    try submitSettings()
  }

  deinit {
    unsafe nghttp2_session_del(handle)
    csessionmemory_release()
  }

  /// Output waits that flow control does not hold back.
  public var wantsWrite: Bool {
    guard canProduce else { return false }
    if isOver || failure != nil { return finalFrame != nil }
    return unsafe pendingConsumption > 0 || !pendingResets.isEmpty
      || nghttp2_session_want_write(handle) != 0
  }

  /// Nothing more will be sent and nothing received matters: the caller closes the connection.
  public var isFinished: Bool {
    if isOver { return true }
    if failure != nil { return finalFrame == nil }
    // A server that drains owes nothing to a peer that never said anything.
    if isDraining && !canProduce { return true }
    return unsafe nghttp2_session_want_read(handle) == 0
      && nghttp2_session_want_write(handle) == 0
  }

  /// A server sends nothing before it knows that its peer speaks HTTP/2.
  var canProduce: Bool { preface.isComplete }

  /// A header block has begun and its last byte has not arrived.
  public var isInHeaderBlock: Bool { scanner.isInHeaderBlock }

  /// Streams that are not closed.
  public var openStreams: Int { streams.count }

  /// Bytes of DATA that the peer lets this side send on the connection.
  public var sendWindow: Int { unsafe Int(nghttp2_session_get_remote_window_size(handle)) }
  /// Bytes of DATA that this side lets the peer send on the connection.
  public var receiveWindow: Int { unsafe Int(nghttp2_session_get_local_window_size(handle)) }
  /// The peer has acknowledged this side's SETTINGS: it knows the windows of its streams.
  public var areSettingsAcknowledged: Bool { settingsAcked }

  /// Frees memory that is kept only to save the next allocation; for idle connections.
  public func releaseIdleBuffers() {
    events.release()
    dataBuffer.release()
    forgetHeaders()
    if streams.isEmpty { streams = [] }
    if pendingResets.isEmpty { pendingResets = [] }
    csessionmemory_release()
  }

  /// Frees what is kept of the last header blocks.
  public func forgetHeaders() {
    if !isInHeaderBlock { headers.release() }
  }

  func newStream(_ id: Int32) -> HTTP2Stream {
    makeStream?(id) ?? HTTP2Stream(id: id, role)
  }

  func adopt(_ stream: HTTP2Stream) {
    stream.index = streams.count
    streams.append(stream)
  }

  /// Lets go of a stream that nghttp2 has forgotten, or never knew.
  func forget(_ stream: HTTP2Stream) {
    let index = stream.index
    guard index < streams.count, streams[index] === stream else { return }
    let last = streams.removeLast()
    if last !== stream {
      streams[index] = last
      last.index = index
    }
  }

  /// Lets go of all streams, when nothing calls nghttp2 any more.
  func forgetStreams() { streams = [] }

  /// Ends the session: the next output is a GOAWAY and nothing else.
  func fail(_ refusal: HTTP2Refusal, _ code: HTTP2ErrorCode, _ debug: String) -> HTTP2Error {
    if let failure { return failure }
    let error = HTTP2Error.connection(refusal, code, debug: debug)
    end(error, code, debug)
    events.append(.refused(refusal, streamID: 0))
    return error
  }

  func end(_ error: HTTP2Error, _ code: HTTP2ErrorCode, _ debug: String) {
    failure = error
    guard canProduce else { return }
    finalFrame =
      (hasProducedOutput ? [] : GoAwayFrame.emptySettings)
      + GoAwayFrame.bytes(lastStreamID: lastStreamID, code: code, debug: debug)
  }

  /// Ends the session after one of nghttp2's fatal errors.
  func fail(library code: CInt) -> HTTP2Error {
    switch Int(code) {
    case Int(NGHTTP2_ERR_FLOODED.rawValue):
      return fail(.outboundFlood, .enhanceYourCalm, "too many unread acknowledgements")
    case Int(NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue):
      return fail(.continuationFlood, .enhanceYourCalm, "too many CONTINUATION frames")
    default:
      let text = unsafe String(cString: nghttp2_strerror(code))
      return fail(.internalError, .internalError, text)
    }
  }
}
