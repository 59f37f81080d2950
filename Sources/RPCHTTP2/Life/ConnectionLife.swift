import EventLoop
import HTTP2
import RPC

/// The life of a connection as a pure state machine. Inputs are named in the past tense and return
/// an action, which the caller performs.
///
/// Three things move on their own: the phase, the calls (none yet, some, none any more) and the
/// output (moves, or does not). Time acts in `looked` only, once per tick of the context: on a
/// session that has failed, and on output that makes no progress, whatever the phase is.
struct ConnectionLife {
  enum Phase {
    /// A client's, before it has a channel. -> handshake, draining, closed.
    case connecting
    /// The peer's preface and SETTINGS are awaited. -> serving, draining, failed, lingering,
    /// closed.
    case handshake
    /// -> draining, failed, lingering, closed.
    case serving
    /// One side has said that it goes away; calls in flight go on. -> failed, lingering, closed.
    case draining
    /// The session has ended, and its last frames are to be written. -> lingering, closed.
    case failed
    /// Everything is sent and this half ended: waits for the peer to end its own. -> closed.
    case lingering
    case closed
  }

  /// The state of the rest of the connection, as the caller sees it at a look.
  struct Observation {
    var isInHeaderBlock = false
    /// The channel's own handshake is over.
    var isEstablished = true
    /// Output waits: in the session, or for the channel.
    var hasOutput = false
    /// Bytes that the peer's system has ever taken, while output waits: the channel's own buffers
    /// take megabytes at once, and then nothing for as long as a slow peer needs to empty them.
    var bytesTaken = 0
    /// Bytes that the channel has ever given.
    var bytesRead = 0
    /// False while this side leaves received bytes unread.
    var isReading = true
    /// When a silent peer is asked for a sign of life.
    var keepAlive: KeepAlivePings?
    /// The session has ended by itself.
    var hasFailed = false
    /// Why the peer's certificate no longer counts; nil when it does, or there is none.
    var lostTrust: String?
  }

  enum Action: Equatable {
    case nothing
    /// End it at once.
    case close(String)
    /// The same, for something that is counted as refused.
    case refuse(RefusalClass, String)
    /// GOAWAY with an error code, then the end; likewise.
    case terminate(HTTP2ErrorCode, RefusalClass, String)
    /// GOAWAY; calls in flight go on.
    case sendGoAway
    /// PING: the peer has said nothing for a while.
    case sendPing
    /// The peer does not answer the PING of the first GOAWAY: name the last stream now.
    case finishGoAway
    /// No call for a moment: free the buffers that are kept to save allocations.
    case releaseBuffers
  }

  /// The text of the GOAWAY that ends a connection with too many PINGs (gRFC A8).
  static let tooManyPings = "too_many_pings"
  /// How long a peer may take to answer the PING of a graceful shutdown.
  static let pingTime = Duration.seconds(2)

  /// Why a peer is closed that has not come to speak in time.
  static func handshakeReason(isEstablished: Bool) -> String {
    isEstablished ? "no HTTP/2 preface and SETTINGS in time" : "no end of the handshake in time"
  }

  private(set) var phase = Phase.connecting
  /// When the phase began.
  private(set) var phaseBegan: MonotonicTime
  var openedAt: MonotonicTime
  /// The peer's SETTINGS have come.
  private(set) var hasSettings = false

  private(set) var calls = 0
  /// Whether there ever was a call.
  private(set) var isUsed = false
  /// When the last call ended, or the connection began.
  private(set) var idleSince: MonotonicTime
  var hasReleasedBuffers = false

  var isDrainFinished = false
  var headerBlockSince: MonotonicTime?
  var outputWatch = ProgressWatch()

  let role: HTTP2Session.Role
  /// The factor of this connection on `ConnectionAge.maximum`.
  let ageFactor: Double
  /// It was told to go away for its age.
  var isTooOld = false
  /// The same for the peer's certificate.
  var isDistrusted = false
  var keepAliveWatch: KeepAliveWatch
  private var pingStrikes = PingStrikes()
  /// The connection ends for them: the PINGs behind are not looked at.
  private var hasRefusedPings = false

  init(_ role: HTTP2Session.Role, at now: MonotonicTime, ageFactor: Double = 1) {
    self.role = role
    self.ageFactor = ageFactor
    keepAliveWatch = KeepAliveWatch(at: now)
    phaseBegan = now
    openedAt = now
    idleSince = now
  }

  /// Streams and frames may still move.
  var isOpen: Bool {
    switch phase {
    case .handshake, .serving, .draining, .failed: true
    case .connecting, .lingering, .closed: false
    }
  }

  /// A client may begin a call.
  var takesCalls: Bool {
    switch phase {
    case .connecting: !isShutdownWanted
    case .handshake, .serving: true
    case .draining, .failed, .lingering, .closed: false
    }
  }

  /// The connection ends as soon as the session has nothing more to do.
  var endsWhenFinished: Bool { phase == .draining || phase == .failed }

  /// Nothing is in progress, and it has not been told to go away.
  var isIdle: Bool { calls == 0 && (phase == .serving || phase == .handshake) }

  /// Told to go away before it had a channel.
  private var isShutdownWanted = false

  // MARK: What happened

  /// connecting -> handshake; or draining, when the shutdown came first.
  mutating func opened(at now: MonotonicTime) {
    guard phase == .connecting else { return }
    openedAt = now
    idleSince = now
    enter(isShutdownWanted ? .draining : .handshake, now)
  }

  /// handshake -> serving.
  mutating func settingsReceived(at now: MonotonicTime) {
    hasSettings = true
    if phase == .handshake { enter(.serving, now) }
  }

  mutating func callBegan() {
    calls += 1
    isUsed = true
    hasReleasedBuffers = false
  }

  mutating func callEnded(at now: MonotonicTime) {
    calls -= 1
    if calls == 0 { idleSince = now }
  }

  /// handshake, serving -> draining.
  ///
  /// - Returns: whether GOAWAY is to be sent.
  mutating func shutdownWanted(at now: MonotonicTime) -> Bool {
    switch phase {
    case .connecting:
      defer { isShutdownWanted = true }
      return !isShutdownWanted
    case .handshake, .serving:
      enter(.draining, now)
      return true
    case .draining, .failed, .lingering, .closed:
      return false
    }
  }

  /// The peer has sent PING.
  ///
  /// - Parameter framesSent: HEADERS and DATA that this side has ever sent.
  mutating func pinged(
    at now: MonotonicTime, framesSent: Int, _ limits: PingLimits?
  ) -> Action {
    guard let limits, role == .server, isOpen, phase != .failed, !hasRefusedPings else {
      return .nothing
    }
    hasRefusedPings = pingStrikes.pinged(
      at: now, framesSent: framesSent, hasCalls: calls > 0, limits)
    return hasRefusedPings
      ? .terminate(.enhanceYourCalm, .tooManyPings, Self.tooManyPings) : .nothing
  }

  /// The peer has sent GOAWAY. handshake, serving -> draining.
  mutating func peerWentAway(at now: MonotonicTime) {
    if phase == .handshake || phase == .serving { enter(.draining, now) }
  }

  /// handshake, serving, draining -> failed.
  mutating func sessionFailed(at now: MonotonicTime) {
    switch phase {
    case .handshake, .serving, .draining: enter(.failed, now)
    case .connecting, .failed, .lingering, .closed: break
    }
  }

  /// All is written, and this half has ended. handshake, serving, draining, failed -> lingering.
  ///
  /// - Returns: false when that makes no sense any more.
  mutating func sendingEnded(at now: MonotonicTime) -> Bool {
    guard isOpen else { return false }
    enter(.lingering, now)
    return true
  }

  /// Any phase -> closed.
  ///
  /// - Returns: false when it was closed before.
  mutating func ended() -> Bool {
    defer { phase = .closed }
    return phase != .closed
  }

  private mutating func enter(_ next: Phase, _ now: MonotonicTime) {
    phase = next
    phaseBegan = now
  }
}
