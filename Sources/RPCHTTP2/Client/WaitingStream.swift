import EventLoop
import RPC
import Wire

/// A stream that waits until its connection may open one more: keeps what the call sends, and hands
/// it on when its turn comes. From then on it passes everything through. Confined to the loop.
final class WaitingStream: TransportStream, TimerTarget {
  private let context: ConnectionContext
  private var loop: EventLoop { context.loop }
  private let target: String
  private let head: HeaderFields
  private let isWithoutBody: Bool
  private var receiver: (any StreamReceiver)?
  /// The stream that it has become.
  private var stream: (any TransportStream)?

  private var messages: [[UInt8]] = []
  private var keptBytes = 0
  private var hasEnded = false
  private var firesAt: MonotonicTime?
  var timerPosition = -1
  /// It waits for a connection even while none can be made.
  var waitsForReady = false

  init(
    _ context: ConnectionContext, _ target: String, _ head: HeaderFields, endStream: Bool,
    _ receiver: any StreamReceiver
  ) {
    self.context = context
    self.target = target
    self.head = head
    isWithoutBody = endStream
    self.receiver = receiver
  }

  /// It still waits: the call has not ended it.
  var isWaiting: Bool { receiver != nil && stream == nil }

  /// Its turn has come.
  ///
  /// - Parameter open: opens the stream.
  func begin(
    _ open: (HeaderFields, _ endStream: Bool, any StreamReceiver) -> any TransportStream
  ) {
    guard isWaiting, let receiver else { return }
    loop.disarm(self)
    let stream = open(head, isWithoutBody, receiver)
    self.stream = stream
    self.receiver = nil
    if let firesAt { stream.armTimer(after: max(.zero, firesAt - loop.now)) }
    let wasFull = keptBytes > stream.sendHighWatermark
    for message in messages { stream.send(message) }
    messages = []
    if hasEnded { stream.sendEnd() }
    // A writer that waits for room has it once the stream's own queue has left; a queue that never
    // was above the mark tells nobody.
    if wasFull && stream.queuedBytes <= stream.sendHighWatermark {
      loop.schedule(after: .zero) { receiver.writable() }
    }
  }

  /// It gets no turn any more.
  func fail(_ reason: StreamCloseReason) {
    guard isWaiting, let receiver else { return }
    loop.disarm(self)
    self.receiver = nil
    messages = []
    receiver.closed(reason)
  }

  // MARK: TransportStream

  var executor: any CallExecutor { loop }
  var peer: String { stream?.peer ?? target }
  var queuedBytes: Int { stream?.queuedBytes ?? keptBytes }
  var sendHighWatermark: Int { stream?.sendHighWatermark ?? 64 << 10 }

  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    stream?.sendHeaders(fields, endStream: endStream)
  }

  func send(_ bytes: consuming [UInt8]) {
    if let stream { return stream.send(bytes) }
    guard receiver != nil else { return }
    keptBytes += bytes.count
    messages.append(bytes)
  }

  func sendTrailers(_ fields: HeaderFields) { stream?.sendTrailers(fields) }

  func sendEnd() {
    if let stream { return stream.sendEnd() }
    hasEnded = true
  }

  func reset(_ reason: StreamResetReason) {
    if let stream { return stream.reset(reason) }
    guard let receiver else { return }
    loop.disarm(self)
    self.receiver = nil
    messages = []
    loop.schedule(after: .zero) { receiver.closed(.resetLocally) }
  }

  func consumed(_ count: Int) { stream?.consumed(count) }
  func keep(_ count: Int) { stream?.keep(count) }
  func resume() { stream?.resume() }

  func messagesReceived(_ count: Int) { stream?.messagesReceived(count) }
  func callEnded(isOK: Bool) { context.counters.callEnded(isOK: isOK) }

  func armTimer(after delay: Duration) {
    if let stream { return stream.armTimer(after: delay) }
    guard receiver != nil else { return }
    firesAt = loop.now + delay
    loop.arm(self, after: delay)
  }

  func disarmTimer() {
    firesAt = nil
    if let stream { return stream.disarmTimer() }
    loop.disarm(self)
  }

  func timerFired() {
    firesAt = nil
    receiver?.timerFired()
  }
}
