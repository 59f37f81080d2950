import EventLoop
import RPC
import Wire

/// A stream that could not be opened: tells its receiver in the next turn, and does nothing.
final class ClosedStream: TransportStream {
  private let loop: EventLoop
  let peer: String

  init(
    _ loop: EventLoop, _ peer: String, _ receiver: any StreamReceiver, _ reason: StreamCloseReason
  ) {
    self.loop = loop
    self.peer = peer
    loop.schedule(after: .zero) { receiver.closed(reason) }
  }

  var executor: any CallExecutor { loop }
  var queuedBytes: Int { 0 }
  var sendHighWatermark: Int { .max }
  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {}
  func send(_ bytes: consuming [UInt8]) {}
  func sendTrailers(_ fields: HeaderFields) {}
  func sendEnd() {}
  func reset(_ reason: StreamResetReason) {}
  func consumed(_ count: Int) {}
  func armTimer(after delay: Duration) {}
  func disarmTimer() {}
}
