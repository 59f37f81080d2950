import EventLoop
import RPC
import Wire

/// Keeps a request that has to wait because its connection's earlier replies are not taken. Its
/// body stays charged to the flow-control windows, which bound it.
final class DeferredRequest: StreamReceiver {
  private let stream: ConnectionStream
  private let head: HeaderFields
  private let headEndsStream: Bool
  private var body: [UInt8] = []
  private var bodyEnds = false
  private var trailers: HeaderFields?

  init(_ stream: ConnectionStream, _ head: HeaderFields, endStream: Bool) {
    self.stream = stream
    self.head = head
    headEndsStream = endStream
  }

  /// Hands over the part of the request that has come; later events go to the receiver that it gives.
  func start(_ takesStream: ConnectionContext.TakesStream) {
    guard !stream.isOver else { return }
    let receiver = takesStream(stream, head, headEndsStream)
    stream.receiver = receiver
    if !body.isEmpty || bodyEnds {
      receiver.received(body.rawBytes(first: body.count), endStream: bodyEnds)
    }
    if let trailers { receiver.receivedTrailers(trailers) }
  }

  func received(_ bytes: RawSpan, endStream: Bool) {
    body.append(rawBytes: bytes)
    if endStream { bodyEnds = true }
  }

  func receivedTrailers(_ fields: HeaderFields) { trailers = fields }
  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}
  func writable() {}
  func timerFired() {}
  func closed(_ reason: StreamCloseReason) {}
}
