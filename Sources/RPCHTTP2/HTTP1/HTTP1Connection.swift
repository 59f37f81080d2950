import EventLoop
import HTTP1
import HTTP2
import RPC
import Wire

/// One HTTP/1.1 connection of a server: one request at a time, each a `TransportStream` to the RPC
/// core, like one of HTTP/2. Bytes of later requests wait.
///
/// Confined to the context's loop.
final class HTTP1Connection: EventHandler, Flushable {
  enum Phase {
    case serving
    /// This half has ended: waits for the peer to end its own, and drops what comes.
    case lingering
    case closed
  }

  let context: ConnectionContext
  let channel: any ByteChannel
  let id: Int
  let peer: String
  /// Where it comes from, as far as shares are concerned.
  let origin: PeerHost
  /// What it tells of its peer; made for its first request, when a handshake is over.
  private(set) lazy var peerCredentials = PeerCredentials(of: channel)
  /// See `TransportStream.admissionNote`.
  var admissionNote: AnyObject?
  let account: CallAccount?
  let openRequests: OpenRequests
  let acceptedAt: MonotonicTime
  var phase = Phase.serving
  /// When the phase began.
  var phaseBegan: MonotonicTime
  var totals: ConnectionTotals
  var activity = ConnectionActivity()
  /// Called once, when the connection is closed.
  let onClose: (_ peer: String, _ reason: String, ConnectionTotals) -> Void
  var closeReason = ""
  var isAwaitingFlush = false
  /// Its place in the context's list, whether it stands among the idle ones, and whether it counts
  /// among its host's.
  var index = 0
  var isListedIdle = false
  var isCountedIdle = false

  // Reading.
  var parser: HTTP1Parser
  /// Bytes that were read and have to wait: for room in the call's window, or for the end of the
  /// request in hand. No more are read then, so these are one read's at most.
  var pending: [UInt8] = []
  /// The peer has ended its half, and may still read.
  var peerHasEnded = false
  var isThrottled = false
  var readWaitsFor: Readiness
  private var interest: Readiness
  var bytesReadWhileBlocked = 0
  /// Held bytes as the context knows them.
  var heldBytes = 0
  /// Bytes of bodies that the calls have ever taken.
  var takenBytes = 0

  // The request in hand.
  var stream: HTTP1Stream?
  var encoder: HTTP1ResponseEncoder?
  var requestIsComplete = true
  /// The client waits for 100.
  var awaitsContinue = false
  var hasWrittenHead = false
  var responseIsComplete = false
  /// Queued bytes as the context knows them.
  var countedQueue = 0

  // Writing.
  var output = ChannelOutput()
  var isBlocked: Bool { !output.waitsFor.isEmpty }

  // Life.
  /// Told to go away.
  var isDraining = false
  var isTooOld = false
  /// Ends as soon as the channel has taken everything.
  var isEnding = false
  let ageFactor = Double.random(in: 0.9...1.1)
  var idleSince: MonotonicTime
  /// Since when a head, or trailers, have begun; the first head from the acceptance on.
  var headSince: MonotonicTime?
  var outputWatch = ProgressWatch()
  var readerWatch = ProgressWatch()
  var quietWatch = ProgressWatch()
  var drainBegan: MonotonicTime?

  /// Takes over a channel on which a method's name has begun.
  init(
    _ silent: SilentConnection,
    onClose: @escaping (_ peer: String, _ reason: String, ConnectionTotals) -> Void
  ) {
    context = silent.context
    openRequests = OpenRequests(silent.context)
    channel = silent.channel
    id = silent.id
    peer = silent.peer
    totals = silent.totals
    acceptedAt = silent.acceptedAt
    headSince = silent.acceptedAt
    phaseBegan = silent.acceptedAt
    idleSince = silent.acceptedAt
    readWaitsFor = silent.readWaitsFor
    interest = silent.interest
    self.onClose = onClose
    parser = HTTP1Parser(limits: HTTP1Limits(context.limits.http2))
    origin = PeerHost(channel.peerAddress)
    account = context.hostAccounts?.opened(origin, context.intakeTurns)
    channel.pass(to: self)
    context.adopt(self)
  }

  /// Acts on the bytes that the silent connection has read.
  func start(_ bytes: [UInt8]) {
    take(bytes, first: bytes.count)
    updateInterest()
    readPendingInput()
  }

  var host: SocketAddress? { if case .address(let host) = origin { host } else { nil } }

  func ready(_ events: Readiness) {
    if !output.waitsFor.isDisjoint(with: events) { writeUnsent() }
    if isReading {
      if !readWaitsFor.isDisjoint(with: events) { read() }
    } else if events.contains(.hangup) {
      close("the peer closed the connection")
    }
  }

  /// Asks for `flush` at the end of this turn.
  func requestFlush() {
    if !isAwaitingFlush, phase == .serving { context.loop.atEndOfTurn(self) }
  }

  /// Whether bytes are taken from the channel now.
  var isReading: Bool {
    switch phase {
    case .closed: false
    case .lingering: true
    case .serving:
      !peerHasEnded && !isThrottled && pending.isEmpty
        && !(isBlocked && bytesReadWhileBlocked > context.limits.maxBytesReadWhileBlocked)
    }
  }

  /// Watches the channel for every readiness on which the connection can act now.
  func updateInterest() {
    guard phase != .closed else { return }
    let wanted = isReading ? output.waitsFor.union(readWaitsFor) : output.waitsFor
    guard wanted != interest else { return }
    do {
      try channel.watch(wanted)
      interest = wanted
    } catch {
      close(error.description)
    }
  }

  /// Tells the context how many received bytes wait here.
  func noteHeld() {
    let held = pending.count + (stream?.heldBytes ?? 0)
    let change = held - heldBytes
    heldBytes = held
    if change > 0 { context.held(change) } else if change < 0 { context.released(-change) }
  }

  /// The call takes more of its body.
  func windowOpened() {
    noteHeld()
    if !pending.isEmpty { requestFlush() }
  }

  func throttle(_ isThrottled: Bool) {
    self.isThrottled = isThrottled
    updateInterest()
    if !isThrottled { readPendingInput() }
  }

  // MARK: Counting

  func countRead(_ count: Int) {
    totals.bytesRead += count
    context.counters.bytesRead.add(count)
  }

  func countWritten(_ count: Int) {
    totals.bytesWritten += count
    context.counters.bytesWritten.add(count)
  }

  func countStream(isRefused: Bool) {
    if isRefused {
      totals.streamsRefused += 1
      context.counters.streamsRefused.add(1)
    } else {
      totals.streamsOpened += 1
      context.counters.streamsOpened.add(1)
    }
  }

  func sentMessage() {
    activity.messagesSent += 1
    activity.lastMessageSentAt = context.loop.now
  }

  func receivedMessages(_ count: Int) {
    guard count > 0 else { return }
    activity.messagesReceived += count
    activity.lastMessageReceivedAt = context.loop.now
  }

  /// Keeps the context's list of idle connections. One whose request has only begun counts as idle:
  /// it makes room for others.
  func noteIdle() {
    let isIdle = stream == nil && phase == .serving && !isDraining && !isEnding
    if isIdle != isListedIdle { context.list(self, isIdle: isIdle) }
  }
}

extension HTTP1Limits {
  /// As HTTP/2's, so that a request is not too large for one of them alone.
  init(_ limits: HTTP2Limits) {
    self.init()
    maxHeaderListBytes = limits.maxHeaderListBytes
    softHeaderListBytes = limits.softHeaderListBytes
    maxHeaderFields = limits.maxHeaderFields
    maxTargetBytes = min(maxTargetBytes, limits.maxHeaderListBytes / 2)
  }
}
