import Wire

/// One stream of a session: its identity, the bytes that wait to be sent, and what is not consumed
/// yet. Acted upon through its session only, on the session's thread.
///
/// Its state is exempt from dynamic exclusivity checks as the session's is, for the same reason.
///
/// The session keeps it alive until it is closed; after that it is inert, and everything a caller
/// does with it is a no-op.
///
/// A caller that has state of its own for each stream makes a subclass, and the session gets its
/// streams from `HTTP2Session.makeStream`: one object, and no lookup from an event.
open class HTTP2Stream {
  /// The stream identifier. A client's stream has it as soon as it is opened.
  @safe @exclusivity(unchecked) public internal(set) final var id: Int32
  /// The stream is over: `HTTP2Event.closed` was reported, or is about to be.
  @safe @exclusivity(unchecked) public internal(set) final var isClosed = false
  /// The peer ended its half.
  @safe @exclusivity(unchecked) public internal(set) final var remoteEnded = false
  /// This side ended its half, and the last frame of it has been produced.
  @safe @exclusivity(unchecked) public internal(set) final var localEnded = false
  /// Received bytes that are not consumed yet.
  @safe @exclusivity(unchecked) public internal(set) final var unconsumedBytes = 0
  /// Consumed on the connection's window only.
  @safe @exclusivity(unchecked) var keptBytes = 0

  /// Its window is shut by `HTTP2Session.keep` until `openWindow`.
  public final var isHeldBack: Bool { keptBytes > 0 }

  /// Bytes given to `send` that are not produced yet.
  public final var queuedBytes: Int { queue.count }

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
  @safe @exclusivity(unchecked) final var holdsSlot = false
  /// Its place in the session's list.
  @safe @exclusivity(unchecked) var index = 0

  /// - Parameter id: 0 for a client's, which gets its own when it is opened.
  public init(id: Int32, _ role: HTTP2Session.Role) {
    self.id = id
    isAnnounced = role == .client
    isOnTheWire = role == .server
  }

  /// Takes the slot from it, for `HTTP2Session.releaseSlot`: a subclass may do that in its `deinit`,
  /// on any thread.
  ///
  /// - Returns: whether it held one.
  public final func takeSlot() -> Bool {
    defer { holdsSlot = false }
    return holdsSlot
  }

  /// This as nghttp2 keeps it: unretained. The session's list owns the object until the stream is
  /// closed there.
  var opaque: UnsafeMutableRawPointer {
    unsafe Unmanaged.passUnretained(self).toOpaque()
  }
}
