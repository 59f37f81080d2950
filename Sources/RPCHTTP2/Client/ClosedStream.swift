import EventLoop
import RPC
import Wire

/// A stream that could not be opened: tells its receiver in the next turn, and counts its end.
final class ClosedStream: TransportStream {
  private let context: ConnectionContext
  let peer: String

  init(
    _ context: ConnectionContext, _ peer: String, _ receiver: any StreamReceiver,
    _ reason: StreamCloseReason
  ) {
    self.context = context
    self.peer = peer
    context.loop.schedule(after: .zero) { receiver.closed(reason) }
  }

  var executor: any CallExecutor { context.loop }
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
  func callEnded(isOK: Bool) { context.counters.callEnded(isOK: isOK) }
}
