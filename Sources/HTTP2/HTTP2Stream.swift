import Wire

/// One stream of a session: its identity, the bytes that wait to be sent, and what is not consumed
/// yet. Acted upon through its session only, on the session's thread.
///
/// Its state is exempt from dynamic exclusivity checks as the session's is, for the same reason.
///
/// The session keeps it alive until it is closed; after that it is inert, and everything a caller
/// does with it is a no-op.
public final class HTTP2Stream {
  /// The stream identifier. A client's stream has it as soon as it is opened.
  @safe @exclusivity(unchecked) public internal(set) var id: Int32
  /// Whatever the caller attaches to the stream, to get from an event to its own object without a
  /// lookup. Released by the caller, or with the stream.
  @inlinable public var user: AnyObject? {
    get { attached }
    set { attached = newValue }
  }
  // Behind an inlinable property, because an attribute does not reach other modules.
  @usableFromInline @safe @exclusivity(unchecked) final var attached: AnyObject?
  /// The stream is over: `HTTP2Event.closed` was reported, or is about to be.
  @safe @exclusivity(unchecked) public internal(set) var isClosed = false
  /// The peer ended its half.
  @safe @exclusivity(unchecked) public internal(set) var remoteEnded = false
  /// This side ended its half, and the last frame of it has been produced.
  @safe @exclusivity(unchecked) public internal(set) var localEnded = false
  /// Received bytes that are not consumed yet.
  @safe @exclusivity(unchecked) public internal(set) var unconsumedBytes = 0
  /// Consumed on the connection's window only.
  @safe @exclusivity(unchecked) var keptBytes = 0

  /// Bytes given to `send` that are not produced yet.
  public var queuedBytes: Int { queue.count }

  /// What follows the queued bytes.
  enum Ending {
    case open
    case endStream
    case trailers(HeaderFields)
  }

  @safe @exclusivity(unchecked) var queue = SendQueue()
  @safe @exclusivity(unchecked) var ending = Ending.open
  /// nghttp2 holds a data source that will ask for the queued bytes.
  @safe @exclusivity(unchecked) var isSourceAttached = false
  /// The queue reached the high watermark and has not fallen below the low one since.
  @safe @exclusivity(unchecked) var isAboveWatermark = false
  /// The turn-taking priority is set.
  @safe @exclusivity(unchecked) var takesTurns = false
  /// The caller ended its half, or reset the stream: it sends nothing more.
  @safe @exclusivity(unchecked) var isSendingOver = false
  /// The caller reset the stream; not counted against the peer.
  @safe @exclusivity(unchecked) var isResetByCaller = false
  /// The session reset the stream because its request is malformed; bytes that still come are
  /// dropped.
  @safe @exclusivity(unchecked) var isMalformed = false
  /// Servers: body bytes that `content-length` has and that have not come; -1 without one.
  @safe @exclusivity(unchecked) var missingBytes = -1
  /// Servers: when the answer was complete before the request was, in nanoseconds of the session's
  /// clock.
  @safe @exclusivity(unchecked) var answeredEarlyAt: UInt64?
  /// The peer reset the stream.
  @safe @exclusivity(unchecked) var isResetByPeer = false
  /// Servers: the stream was reported. Clients: always.
  @safe @exclusivity(unchecked) var isAnnounced: Bool
  /// Clients: the request's HEADERS have been produced. Before, the stream exists here only.
  @safe @exclusivity(unchecked) var isOnTheWire: Bool
  /// Clients: the final (not interim) response head has been reported.
  @safe @exclusivity(unchecked) var hasHead = false
  /// Counted in the session's held slots.
  @safe @exclusivity(unchecked) var holdsSlot = false
  /// Its place in the session's list.
  @safe @exclusivity(unchecked) var index = 0

  init(id: Int32, isServer: Bool) {
    self.id = id
    isAnnounced = !isServer
    isOnTheWire = isServer
    hasHead = false
  }

  /// This as nghttp2 keeps it: unretained. The session's list owns the object until the stream is
  /// closed there.
  var opaque: UnsafeMutableRawPointer {
    unsafe Unmanaged.passUnretained(self).toOpaque()
  }
}
