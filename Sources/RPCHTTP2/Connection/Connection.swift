import EventLoop
import HTTP2
import RPC

/// One HTTP/2 connection: a socket, a session, and the streams between them.
///
/// All streams' output of a turn leaves in one write from the loop's shared buffer; only what the
/// socket does not take is kept here. Confined to the context's loop; what every request touches is
/// exempt from dynamic exclusivity checks, for no access to it runs a call's code.
final class Connection: EventHandler, Flushable {
  let context: ConnectionContext
  let session: HTTP2Session
  @safe @exclusivity(unchecked) private(set) var socket: Socket?
  @safe @exclusivity(unchecked) var life: ConnectionLife
  /// Called once, when the peer's SETTINGS have come.
  @safe @exclusivity(unchecked) var onReady: (() -> Void)?
  /// Called once, when the connection is closed.
  @safe @exclusivity(unchecked) var onClose: ((String) -> Void)?
  @safe @exclusivity(unchecked) var isAwaitingFlush = false
  /// Its place in the context's list.
  @safe @exclusivity(unchecked) var index = 0
  /// It stands in the context's list of idle ones, and is counted among those of its host.
  @safe @exclusivity(unchecked) var isListedIdle = false
  @safe @exclusivity(unchecked) var isCountedIdle = false

  @safe @exclusivity(unchecked) var streams: [ConnectionStream] = []
  @safe @exclusivity(unchecked) private(set) var heldBytes = 0
  /// What this connection's calls in progress take of the context's budget.
  @safe @exclusivity(unchecked) private var openRequestBytes = 0
  @safe @exclusivity(unchecked) private(set) var peer = "unknown"
  /// Servers only; unknown until it has a socket.
  @safe @exclusivity(unchecked) private var origin = HostAccounts.Host.unknown
  /// The peer's address without its port; nil for Unix sockets.
  var host: SocketAddress? { if case .address(let host) = origin { host } else { nil } }
  /// Its part in what the server's connections share; servers only.
  @safe @exclusivity(unchecked) private(set) var account: CallAccount?
  /// Why it lost its streams; empty as long as it has not.
  @safe @exclusivity(unchecked) private(set) var closeReason = ""

  /// Requests that wait until earlier replies have been taken.
  @safe @exclusivity(unchecked) var deferred: [DeferredRequest] = []
  /// Queued bytes as the context knows them.
  @safe @exclusivity(unchecked) private var countedBytes = 0

  // Output that the socket did not take.
  @safe @exclusivity(unchecked) var unsent: [UInt8] = []
  @safe @exclusivity(unchecked) var unsentStart = 0
  var isBlocked: Bool { unsentStart < unsent.count }
  @safe @exclusivity(unchecked) var bytesReadWhileBlocked = 0
  /// Bytes that the socket has ever taken.
  @safe @exclusivity(unchecked) var bytesWritten = 0

  // What is watched.
  @safe @exclusivity(unchecked) private var isThrottled = false
  @safe @exclusivity(unchecked) private var interest: Readiness = []

  /// - Parameter preface: a client's, as far as a server has read it.
  init(
    _ role: HTTP2Session.Role, in context: ConnectionContext,
    preface: ClientPreface = ClientPreface()
  ) throws(HTTP2Error) {
    self.context = context
    session = try HTTP2Session(role: role, limits: context.limits.http2, preface: preface)
    life = ConnectionLife(at: context.loop.now)
  }

  /// Takes a connected socket and begins to speak.
  func open(_ socket: Socket) throws(SystemError) {
    self.socket = socket
    socket.keepAlive(context.limits.keepAlive)
    try context.loop.add(socket.descriptor, .readable, handler: self)
    opened(socket.peerAddress?.peerDescription ?? peer, context.loop.now)
  }

  /// Takes a socket that the loop watches already.
  ///
  /// - Parameter since: when it was accepted.
  func takeOver(_ socket: Socket, peer: String, since: MonotonicTime) {
    self.socket = socket
    context.loop.pass(socket.descriptor, to: self)
    opened(peer, since)
  }

  private func opened(_ peer: String, _ time: MonotonicTime) {
    self.peer = peer
    if context.handler != nil { origin = HostAccounts.Host(socket?.peerAddress) }
    account = context.hostAccounts?.opened(origin, context.intakeTurns)
    interest = .readable
    life.opened(at: time)
    context.adopt(self)
    requestFlush()
  }

  func ready(_ events: Readiness) {
    if events.contains(.writable), isBlocked { writeUnsent() }
    if isReading {
      if events.contains(.readable) { read() }
    } else if events.contains(.hangup) {
      close("the peer closed the connection")
    }
  }

  var isReading: Bool { interest.contains(.readable) }

  /// Asks for `flush` at the end of this turn.
  @inline(__always)
  func requestFlush() {
    if !isAwaitingFlush && life.isOpen { context.loop.atEndOfTurn(self) }
  }

  /// Watches what can be acted upon.
  func updateInterest() {
    guard let socket else { return }
    var wanted: Readiness = []
    let isDeaf = isBlocked && bytesReadWhileBlocked > context.limits.maxBytesReadWhileBlocked
    if !isThrottled && !isDeaf || life.phase == .lingering { wanted.insert(.readable) }
    if isBlocked { wanted.insert(.writable) }
    guard wanted != interest else { return }
    do {
      try context.loop.modify(socket.descriptor, wanted)
      interest = wanted
    } catch {
      close(error.description)
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

  /// Ends the sending half after the last byte, and waits for the peer: closing with unread input
  /// would reset the connection and take what was sent with it.
  func linger(_ reason: String) {
    guard life.sendingEnded(at: context.loop.now) else { return }
    noteIdle()
    closeReason = reason
    loseStreams(reason)
    socket?.shutdownWrite()
    updateInterest()
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
    if let socket {
      context.loop.remove(socket.descriptor)
      socket.close()
    }
    socket = nil
    unsent = []
    unsentStart = 0
    deferred = []
    countQueuedBytes()
    context.forget(self)
    if account != nil { context.hostAccounts?.closed(origin) }
    let onClose = self.onClose
    self.onClose = nil
    onReady = nil
    onClose?(closeReason)
  }

  private func loseStreams(_ reason: String) {
    if closeReason.isEmpty { closeReason = reason }
    session.connectionLost()
    drainEvents(closeReason)
  }

  // MARK: Calls in progress

  var hasRoomForRequest: Bool { context.hasRoom(forRequestBeside: openRequestBytes) }

  /// A call has begun that takes `cost` of the context's budget until `release`.
  func opened(_ cost: Int) {
    let before = openRequestBytes
    openRequestBytes += cost
    if before == 0 { context.busyConnections += 1 }
    if openRequestBytes == 0 { context.busyConnections -= 1 }
    context.openRequestBytes += cost
  }

  /// A call's object is gone, from any thread: its slot is free, and what it took.
  nonisolated func release(_ stream: HTTP2Stream, _ cost: Int) {
    let slot = Slot(connection: self, stream: stream, cost: cost)
    if context.loop.isCurrent {
      slot.free()
    } else {
      context.loop.execute { slot.free() }
    }
  }

  /// `@unchecked Sendable`: only carried to the loop that both belong to.
  private struct Slot: @unchecked Sendable {
    let connection: Connection
    let stream: HTTP2Stream
    let cost: Int

    func free() {
      connection.session.release(stream)
      connection.opened(-cost)
    }
  }
}
