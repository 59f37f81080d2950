import EventLoop
import HTTP2
import RPC

/// One HTTP/2 connection: a channel, a session, and the streams between them.
///
/// All streams' output of a turn leaves in one write from the loop's shared buffer; only bytes that
/// the channel does not take are kept here. Confined to the context's loop. The state of every
/// request is exempt from dynamic exclusivity checks, for no access to it runs a call's code.
final class Connection: EventHandler, Flushable {
  let context: ConnectionContext
  @safe @exclusivity(unchecked) private(set) var id = 0
  let session: HTTP2Session
  let openRequests: OpenRequests
  @safe @exclusivity(unchecked) private(set) var channel: (any ByteChannel)?
  @safe @exclusivity(unchecked) var life: ConnectionLife
  /// Called once, when the peer's SETTINGS have come.
  @safe @exclusivity(unchecked) var onReady: (() -> Void)?
  /// Called when one side has said that it goes away; clients. Calls in progress go on.
  @safe @exclusivity(unchecked) var onGoAway: (() -> Void)?
  /// Called once, when the connection is closed.
  @safe @exclusivity(unchecked) var onClose: ((_ reason: String, ConnectionTotals) -> Void)?
  /// Called when a stream may be opened that could not be before, or none any more; clients. It
  /// must not open one before it returns.
  @safe @exclusivity(unchecked) var onRoom: (() -> Void)?
  @safe @exclusivity(unchecked) var isAwaitingFlush = false
  /// Its place in the context's list.
  @safe @exclusivity(unchecked) var index = 0
  /// Whether it stands in the context's list of idle connections, and counts among its host's.
  @safe @exclusivity(unchecked) var isListedIdle = false
  @safe @exclusivity(unchecked) var isCountedIdle = false

  @safe @exclusivity(unchecked) private(set) var heldBytes = 0
  @safe @exclusivity(unchecked) private(set) var peer = "unknown"
  /// Servers only; unknown until it has a channel.
  @safe @exclusivity(unchecked) private var origin = PeerHost.unknown
  /// What it tells of its peer; made for its first call, when a handshake is over.
  @safe @exclusivity(unchecked) private var knownCredentials: PeerCredentials?
  /// See `TransportStream.admissionNote`.
  @safe @exclusivity(unchecked) var admissionNote: AnyObject?
  /// The peer's address without its port; nil for Unix sockets.
  var host: SocketAddress? { if case .address(let host) = origin { host } else { nil } }
  /// Its part in the budgets that the server's connections share; servers only.
  @safe @exclusivity(unchecked) private(set) var account: CallAccount?
  /// Why it lost its streams; empty as long as it has not.
  @safe @exclusivity(unchecked) private(set) var closeReason = ""

  /// Requests that wait until earlier replies have been taken.
  @safe @exclusivity(unchecked) var deferred: [DeferredRequest] = []
  /// Queued bytes as the context knows them.
  @safe @exclusivity(unchecked) private var countedBytes = 0

  /// Output that the channel did not take.
  @safe @exclusivity(unchecked) var output = ChannelOutput()
  var isBlocked: Bool { !output.waitsFor.isEmpty }
  // Timers that calls have asked for while it reads.
  @safe @exclusivity(unchecked) var isFeeding = false
  @safe @exclusivity(unchecked) var unarmed: [ConnectionStream] = []
  @safe @exclusivity(unchecked) var bytesReadWhileBlocked = 0
  @safe @exclusivity(unchecked) private(set) var totals = ConnectionTotals()
  @safe @exclusivity(unchecked) var activity = ConnectionActivity()
  /// PINGs of the peer that `life` knows of.
  @safe @exclusivity(unchecked) var pingsSeen = 0

  @safe @exclusivity(unchecked) var flow: ConnectionFlow

  // Watching the channel.
  /// The server holds too many bytes, and too many of them came here.
  @safe @exclusivity(unchecked) private(set) var isThrottled = false
  /// Received bytes are read; false while this peer, or all peers, hold too many already.
  @safe @exclusivity(unchecked) private(set) var isReading = false
  /// The readiness that the last read waits for.
  @safe @exclusivity(unchecked) private var readWaitsFor: Readiness = .readable
  @safe @exclusivity(unchecked) private var interest: Readiness = []
  @safe @exclusivity(unchecked) private var isReadScheduled = false

  /// - Parameter preface: a client's, as far as a server has read it.
  init(
    _ role: HTTP2Session.Role, in context: ConnectionContext,
    preface: ClientPreface = ClientPreface()
  ) throws(HTTP2Error) {
    self.context = context
    session = try HTTP2Session(role: role, limits: context.limits.http2, preface: preface)
    openRequests = OpenRequests(context, session)
    flow = ConnectionFlow(context.limits.http2, at: context.loop.now)
    life = ConnectionLife(role, at: context.loop.now, ageFactor: .random(in: 0.9...1.1))
    session.makeStream = { [unowned self] id in ConnectionStream(self, id: id) }
  }

  /// Takes a channel and begins to speak.
  func open(_ channel: any ByteChannel) throws(SystemError) {
    self.channel = channel
    id = context.nextID()
    context.counters.opened.add(1)
    try channel.open(on: context.loop, for: self)
    interest = .readable
    opened(channel.peerAddress?.peerDescription ?? peer, context.loop.now)
  }

  /// Takes a channel that is open already, and goes on where `silent` has come.
  func takeOver(_ silent: SilentConnection) {
    channel = silent.channel
    silent.channel.pass(to: self)
    id = silent.id
    totals = silent.totals
    readWaitsFor = silent.readWaitsFor
    interest = silent.interest
    opened(silent.peer, silent.acceptedAt)
    updateInterest()
  }

  var peerCredentials: PeerCredentials {
    if let knownCredentials { return knownCredentials }
    guard let channel else { return .unknown }
    let credentials = PeerCredentials(of: channel)
    knownCredentials = credentials
    return credentials
  }

  private func opened(_ peer: String, _ time: MonotonicTime) {
    self.peer = peer
    if context.takesStream != nil { origin = PeerHost(channel?.peerAddress) }
    account = context.hostAccounts?.opened(origin, context.intakeTurns)
    isReading = true
    life.opened(at: time)
    context.adopt(self)
    requestFlush()
  }

  func ready(_ events: Readiness) {
    if !output.waitsFor.isDisjoint(with: events) { writeUnsent() }
    if isReading {
      if !readWaitsFor.isDisjoint(with: events) { read() }
    } else if events.contains(.hangup) {
      close("the peer closed the connection")
    }
  }

  /// Asks for `flush` at the end of this turn.
  @inline(__always)
  func requestFlush() {
    if !isAwaitingFlush && life.isOpen { context.loop.atEndOfTurn(self) }
  }

  func countRead(_ count: Int) {
    totals.bytesRead &+= count
    context.counters.bytesRead.add(count)
  }

  func countWritten(_ count: Int) {
    totals.bytesWritten &+= count
    context.counters.bytesWritten.add(count)
  }

  func countStream(isRefused: Bool = false) {
    if isRefused {
      totals.streamsRefused &+= 1
      context.counters.streamsRefused.add(1)
    } else {
      totals.streamsOpened &+= 1
      context.counters.streamsOpened.add(1)
    }
  }

  /// Watches the channel for every readiness on which the connection can act now.
  func updateInterest() {
    guard let channel else { return }
    let readsTooMuch =
      isBlocked && bytesReadWhileBlocked > context.limits.maxBytesReadWhileBlocked
    let wasReading = isReading
    isReading = !isThrottled && !readsTooMuch || life.phase == .lingering
    if !wasReading { readPendingInput() }
    let wanted = isReading ? output.waitsFor.union(readWaitsFor) : output.waitsFor
    guard wanted != interest else { return }
    do {
      try channel.watch(wanted)
      interest = wanted
    } catch {
      close(error.description)
    }
  }

  /// The last read found nothing, and waits for `readiness`.
  func readBlocked(_ readiness: Readiness) {
    guard readiness != readWaitsFor else { return }
    readWaitsFor = readiness
    updateInterest()
  }

  /// Reads the channel's pending input in the next turn: epoll does not report it.
  func readPendingInput() {
    guard isReading, !isReadScheduled, channel?.hasPendingInput == true else { return }
    isReadScheduled = true
    context.loop.schedule(after: .zero) { [weak self] in
      guard let self else { return }
      isReadScheduled = false
      if isReading { read() }
    }
  }

  /// Tells the context how much waits in the streams' queues.
  func countQueuedBytes() {
    guard session.queuedBytes != countedBytes else { return }
    context.queued(session.queuedBytes - countedBytes)
    countedBytes = session.queuedBytes
  }

  // MARK: Held bytes

  func held(_ count: Int, of stream: ConnectionStream) {
    stream.heldBytes += count
    heldBytes += count
    context.held(count)
  }

  func released(_ count: Int, of stream: ConnectionStream) {
    guard count > 0 else { return }
    stream.heldBytes -= count
    heldBytes -= count
    context.released(count)
  }

  func throttle(_ isThrottled: Bool) {
    self.isThrottled = isThrottled
    updateInterest()
  }

  /// Keeps the context's list of idle connections; after every change of `life`.
  @inline(__always)
  func noteIdle() {
    if life.isIdle != isListedIdle { context.list(self, isIdle: life.isIdle) }
  }

  // MARK: The end

  /// GOAWAY; streams in flight go on. The connection closes after the last.
  func beginGracefulShutdown() {
    guard life.shutdownWanted(at: context.loop.now) else { return }
    noteIdle()
    session.beginGracefulShutdown()
    requestFlush()
  }

  /// Ends the sending half after the last byte, and waits for the peer to close: closing with
  /// unread input would reset the connection, and the peer would lose the last bytes.
  func linger(_ reason: String) {
    guard life.sendingEnded(at: context.loop.now) else { return }
    noteIdle()
    closeReason = reason
    loseStreams(reason)
    endWriting()
  }

  /// Makes room for another one: GOAWAY, and the end at once.
  func makeWay() {
    session.goAway()
    flush()
    close("made room for another connection")
  }

  /// Ends the connection at once; its streams end with `connectionLost`.
  func close(_ reason: String) {
    guard life.ended() else { return }
    loseStreams(reason)
    if let channel {
      channel.close()
      context.counters.closed.add(1)
    }
    channel = nil
    output.drop()
    deferred = []
    countQueuedBytes()
    returnWindows()
    context.forget(self)
    if account != nil { context.hostAccounts?.closed(origin) }
    let onClose = self.onClose
    self.onClose = nil
    onReady = nil
    onGoAway = nil
    onClose?(closeReason, totals)
  }

  private func loseStreams(_ reason: String) {
    if closeReason.isEmpty { closeReason = reason }
    session.connectionLost()
    drainEvents(closeReason)
  }
}
