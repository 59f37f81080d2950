import EventLoop
import HTTP2
import RPC
import Wire

/// One stream of a connection, as the RPC core sees it. Confined to the connection's loop.
///
/// The session owns it until the stream is closed; after that it lives as long as the call that
/// uses it, and does nothing. Its slot is free when the call's handler has returned, and else when
/// the object goes.
final class ConnectionStream: HTTP2Stream, TransportStream, TimerTarget {
  let connection: Connection
  /// It has a call, or had one. The connection itself answers the others.
  @safe @exclusivity(unchecked) var hasCall = false
  @safe @exclusivity(unchecked) var receiver: (any StreamReceiver)?
  /// Received bytes that the call has not consumed.
  @safe @exclusivity(unchecked) var heldBytes = 0
  /// Received bytes that the call has ever taken.
  @safe @exclusivity(unchecked) private var takenBytes = 0
  /// The call's part of the budget of calls in progress, in bytes.
  @safe @exclusivity(unchecked) var openCost = 0
  @safe @exclusivity(unchecked) var timerPosition = -1
  /// Of the timer that is to be armed when the connection has read.
  @safe @exclusivity(unchecked) private var timerDelay: Duration?
  @safe @exclusivity(unchecked) var window: StreamWindow
  /// The receiver has had its last event.
  @safe @exclusivity(unchecked) private(set) var isOver = false

  /// Bytes ever queued.
  @safe @exclusivity(unchecked) private var queuedTotal = 0
  @safe @exclusivity(unchecked) private var outputWatch = ProgressWatch()
  @safe @exclusivity(unchecked) private var readerWatch = ProgressWatch()

  init(_ connection: Connection, id: Int32) {
    self.connection = connection
    window = StreamWindow(bytes: connection.session.limits.streamWindowBytes)
    super.init(id: id, connection.session.role)
  }

  deinit {
    if hasCall { connection.openRequests.release(openCost, hasSlot: takeSlot()) }
  }

  var executor: any CallExecutor { connection.context.loop }
  var peer: String { connection.peer }
  var peerCredentials: PeerCredentials { connection.peerCredentials }
  var account: CallAccount? { connection.account }
  var sendHighWatermark: Int { connection.session.limits.sendHighWatermark }

  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    guard !isOver else { return }
    connection.session.submitHeaders(self, fields, endStream: endStream)
    connection.requestFlush()
  }

  func send(_ bytes: consuming [UInt8]) {
    guard !isOver else { return }
    queuedTotal += bytes.count
    connection.activity.messagesSent &+= 1
    connection.activity.lastMessageSentAt = connection.context.loop.now
    connection.session.send(self, bytes)
    connection.requestFlush()
  }

  func sendTrailers(_ fields: HeaderFields) {
    guard !isOver else { return }
    connection.session.endWithTrailers(self, fields)
    connection.requestFlush()
  }

  func sendEnd() {
    guard !isOver else { return }
    connection.session.end(self)
    connection.requestFlush()
  }

  func reset(_ reason: StreamResetReason) {
    guard !isOver else { return }
    connection.session.reset(self, HTTP2ErrorCode(reason))
    connection.requestFlush()
  }

  func consumed(_ count: Int) {
    guard !isOver else { return }
    take(count)
    connection.session.consume(self, count)
    connection.requestFlush()
  }

  func keep(_ count: Int) {
    guard !isOver else { return }
    // The call counts them from now on.
    take(count)
    connection.session.keep(self, count)
    connection.requestFlush()
  }

  private func take(_ count: Int) {
    takenBytes &+= count
    connection.released(min(count, heldBytes), of: self)
  }

  func resume() {
    guard !isOver else { return }
    connection.session.openWindow(self)
    connection.requestFlush()
  }

  func armTimer(after delay: Duration) {
    guard !isOver else { return }
    if connection.armsLater(self) {
      timerDelay = delay
    } else {
      connection.context.loop.arm(self, after: delay)
    }
  }

  func disarmTimer() {
    timerDelay = nil
    if timerPosition >= 0 { connection.context.loop.disarm(self) }
  }

  /// Arms the timer that was asked for while the connection read, if it still is wanted.
  func armAtLast() {
    guard let delay = timerDelay else { return }
    timerDelay = nil
    connection.context.loop.arm(self, after: delay)
  }

  func timerFired() { receiver?.timerFired() }

  var admissionNote: AnyObject? {
    get { connection.admissionNote }
    set { connection.admissionNote = newValue }
  }

  func handlerEnded() { connection.session.release(self) }

  func messagesReceived(_ count: Int) {
    guard count > 0 else { return }
    connection.activity.messagesReceived &+= count
    connection.activity.lastMessageReceivedAt = connection.context.loop.now
  }

  func callEnded(isOK: Bool) { connection.context.counters.callEnded(isOK: isOK) }

  /// Delivers the last event and lets go of everything.
  func close(_ reason: StreamCloseReason) {
    guard !isOver else { return }
    isOver = true
    disarmTimer()
    connection.released(heldBytes, of: self)
    if window.extra > 0 { connection.returnWindow(of: self) }
    let receiver = self.receiver
    self.receiver = nil
    receiver?.closed(reason)
  }

  /// Whether the peer takes too little of the queued bytes; at every tick of the context.
  func isStalled(at now: MonotonicTime, _ limits: ConnectionLimits) -> Bool {
    outputWatch.isStuck(
      queuedBytes > 0, moved: queuedTotal - queuedBytes, least: limits.leastProgressBytes,
      for: limits.stalledWriteTimeout, at: now)
  }

  /// Whether the call takes none of its held bytes while its connection is not read for them; at
  /// every tick of the context.
  func isUnread(at now: MonotonicTime, _ limits: ConnectionLimits) -> Bool {
    readerWatch.isStuck(
      connection.isThrottled && heldBytes > 0, moved: takenBytes, for: limits.unreadTimeout,
      at: now)
  }
}
