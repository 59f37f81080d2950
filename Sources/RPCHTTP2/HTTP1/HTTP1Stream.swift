import EventLoop
import HTTP2
import RPC
import Wire

/// One request of an HTTP/1.1 connection and its response, as the RPC core sees them. Confined to
/// the connection's loop.
///
/// It only keeps what the core hands over: the connection writes it at the end of the turn, when it
/// often knows the whole response and can tell its length.
final class HTTP1Stream: TransportStream, TimerTarget {
  private let connection: HTTP1Connection
  var receiver: (any StreamReceiver)?
  /// Whether bytes of the response wait, and how it ends.
  private(set) var response = HTTP1PendingResponse()
  private(set) var resetReason: StreamResetReason?
  /// Received bytes that the call has not consumed.
  private(set) var heldBytes = 0
  /// Bytes that the call keeps, until `resume`; its window is shut by as many.
  private var keptBytes = 0
  /// Its part of the budget of calls in progress, in bytes.
  private let cost: Int
  var timerPosition = -1
  private(set) var isOver = false

  init(_ connection: HTTP1Connection, head: HeaderFields) {
    self.connection = connection
    cost = connection.openRequests.began(head)
  }

  deinit { connection.openRequests.release(cost) }

  var executor: any CallExecutor { connection.context.loop }
  var peer: String { connection.peer }
  var peerCredentials: PeerCredentials { connection.peerCredentials }
  var account: CallAccount? { connection.account }
  var admissionNote: AnyObject? {
    get { connection.admissionNote }
    set { connection.admissionNote = newValue }
  }
  /// A client reads the answer when it has sent its request.
  var isFullDuplex: Bool { false }
  var asksForBody: Bool { connection.awaitsContinue }
  var queuedBytes: Int { response.queuedBytes }
  var sendHighWatermark: Int { connection.context.limits.http2.sendHighWatermark }

  /// Bytes of the body that the call takes now.
  var window: Int {
    max(0, connection.context.limits.http2.streamWindowBytes - heldBytes - keptBytes)
  }

  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    guard !isOver, !response.isEnded else { return }
    response.begin(fields)
    if endStream { response.end(HeaderFields()) }
    connection.requestFlush()
  }

  func send(_ bytes: consuming [UInt8]) {
    guard !isOver, !response.isEnded else { return }
    response.append(bytes, watermark: sendHighWatermark)
    connection.sentMessage()
    connection.requestFlush()
  }

  func sendTrailers(_ fields: HeaderFields) {
    guard !isOver else { return }
    response.end(fields)
    connection.requestFlush()
  }

  func sendEnd() { sendTrailers(HeaderFields()) }

  func reset(_ reason: StreamResetReason) {
    guard !isOver, resetReason == nil else { return }
    resetReason = reason
    connection.requestFlush()
  }

  func consumed(_ count: Int) {
    guard !isOver else { return }
    heldBytes -= min(count, heldBytes)
    connection.takenBytes &+= count
    connection.windowOpened()
  }

  func keep(_ count: Int) {
    guard !isOver else { return }
    let kept = min(count, heldBytes)
    heldBytes -= kept
    keptBytes += kept
    connection.takenBytes &+= count
    connection.windowOpened()
  }

  func resume() {
    guard !isOver else { return }
    keptBytes = 0
    connection.windowOpened()
  }

  func armTimer(after delay: Duration) {
    guard !isOver else { return }
    connection.context.loop.arm(self, after: delay)
  }

  func disarmTimer() {
    if timerPosition >= 0 { connection.context.loop.disarm(self) }
  }

  func timerFired() { receiver?.timerFired() }

  func messagesReceived(_ count: Int) { connection.receivedMessages(count) }

  // MARK: The connection's part

  /// Hands bytes of the body over.
  func deliver(_ bytes: RawSpan, endStream: Bool) {
    heldBytes += bytes.byteCount
    receiver?.received(bytes, endStream: endStream)
  }

  /// Takes a piece of the response's body of at most `limit` bytes; nil without one.
  func takeBody(limit: Int) -> ArraySlice<UInt8>? { response.take(limit: limit) }

  /// Tells the call when it may send more.
  func tellIfWritable() {
    if response.hasRoomAgain(watermark: sendHighWatermark) { receiver?.writable() }
  }

  /// Delivers the last event and lets go of everything.
  func close(_ reason: StreamCloseReason) {
    guard !isOver else { return }
    isOver = true
    disarmTimer()
    heldBytes = 0
    response.drop()
    let receiver = self.receiver
    self.receiver = nil
    receiver?.closed(reason)
  }
}
