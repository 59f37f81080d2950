import EventLoop
import HTTP2
import RPC
import Wire

/// One stream of a connection, as the RPC core sees it. Confined to the connection's loop.
///
/// The connection and its HTTP/2 stream own it until the stream is closed; after that it lives as
/// long as the call that uses it, does nothing, and frees the call's slot when it goes.
final class ConnectionStream: TransportStream, TimerTarget {
  /// The approximate memory of a call in progress beside its header block, in bytes.
  static let cost = 1024

  let connection: Connection
  /// Nil for a stream that could not be opened.
  let stream: HTTP2Stream?
  @safe @exclusivity(unchecked) var receiver: (any StreamReceiver)?
  /// Received bytes that the call has not consumed.
  @safe @exclusivity(unchecked) var heldBytes = 0
  /// The call's part of the budget of calls in progress, in bytes.
  @safe @exclusivity(unchecked) var openCost = 0
  /// Its place in the connection's list.
  @safe @exclusivity(unchecked) var index = 0
  @safe @exclusivity(unchecked) var timerPosition = -1
  /// Of the timer that is to be armed when the connection has read.
  @safe @exclusivity(unchecked) private var timerDelay: Duration?
  @safe @exclusivity(unchecked) private(set) var isClosed = false

  /// Bytes ever queued, and how many of them had left when stalled writes were last looked for.
  @safe @exclusivity(unchecked) private var queuedTotal = 0
  @safe @exclusivity(unchecked) private var sentAtLastLook = -1
  @safe @exclusivity(unchecked) private var looksWithoutProgress = 0

  init(_ connection: Connection, _ stream: HTTP2Stream?) {
    self.connection = connection
    self.stream = stream
  }

  deinit {
    if let stream { connection.release(stream, openCost) }
  }

  var executor: any CallExecutor { connection.context.loop }
  var peer: String { connection.peer }
  var account: CallAccount? { connection.account }
  var queuedBytes: Int { stream?.queuedBytes ?? 0 }
  var sendHighWatermark: Int { connection.session.limits.sendHighWatermark }

  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    guard let stream, !isClosed else { return }
    connection.session.submitHeaders(stream, fields, endStream: endStream)
    connection.requestFlush()
  }

  func send(_ bytes: consuming [UInt8]) {
    guard let stream, !isClosed else { return }
    queuedTotal += bytes.count
    connection.activity.messagesSent &+= 1
    connection.activity.lastMessageSentAt = connection.context.loop.now
    connection.session.send(stream, bytes)
    connection.requestFlush()
  }

  func sendTrailers(_ fields: HeaderFields) {
    guard let stream, !isClosed else { return }
    connection.session.endWithTrailers(stream, fields)
    connection.requestFlush()
  }

  func sendEnd() {
    guard let stream, !isClosed else { return }
    connection.session.end(stream)
    connection.requestFlush()
  }

  func reset(_ reason: StreamResetReason) {
    guard let stream, !isClosed else { return }
    connection.session.reset(stream, HTTP2ErrorCode(reason))
    connection.requestFlush()
  }

  func consumed(_ count: Int) {
    guard let stream, !isClosed else { return }
    connection.released(min(count, heldBytes), of: self)
    connection.session.consume(stream, count)
    connection.requestFlush()
  }

  func keep(_ count: Int) {
    guard let stream, !isClosed else { return }
    // The call counts them from now on.
    connection.released(min(count, heldBytes), of: self)
    connection.session.keep(stream, count)
    connection.requestFlush()
  }

  func resume() {
    guard let stream, !isClosed else { return }
    connection.session.openWindow(stream)
    connection.requestFlush()
  }

  func armTimer(after delay: Duration) {
    guard !isClosed else { return }
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

  func messagesReceived(_ count: Int) {
    guard count > 0 else { return }
    connection.activity.messagesReceived &+= count
    connection.activity.lastMessageReceivedAt = connection.context.loop.now
  }

  func callEnded(isOK: Bool) { connection.context.counters.callEnded(isOK: isOK) }

  /// Delivers the last event and lets go of everything.
  func close(_ reason: StreamCloseReason) {
    guard !isClosed else { return }
    isClosed = true
    disarmTimer()
    connection.released(heldBytes, of: self)
    let receiver = self.receiver
    self.receiver = nil
    receiver?.closed(reason)
  }

  /// Whether queued bytes have not moved for `looks` calls of this.
  func isStalled(after looks: Int) -> Bool {
    let sent = queuedTotal - queuedBytes
    if queuedBytes == 0 || sent != sentAtLastLook {
      looksWithoutProgress = 0
      sentAtLastLook = sent
      return false
    }
    looksWithoutProgress += 1
    return looksWithoutProgress >= looks
  }
}
