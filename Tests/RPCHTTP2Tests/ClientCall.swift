import EventLoop
import RPC
import RPCHTTP2
import Wire

/// The answer on a stream.
struct Reply: Sendable {
  var head = HeaderFields()
  var trailers = HeaderFields()
  var body: [UInt8] = []
  var reason = StreamCloseReason.finished
}

/// A client's side of one stream, collected; confined to the client's loop.
final class ClientCall: StreamReceiver {
  private var reply = Reply()
  private var stream: (any TransportStream)?
  private let consumes: Bool
  private let done: CheckedContinuation<Reply, Never>

  init(consumes: Bool, _ done: CheckedContinuation<Reply, Never>) {
    self.consumes = consumes
    self.done = done
  }

  func start(_ stream: any TransportStream) { self.stream = stream }
  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) { reply.head = fields }
  func receivedTrailers(_ fields: HeaderFields) { reply.trailers = fields }
  func writable() {}
  func timerFired() {}

  func received(_ bytes: RawSpan, endStream: Bool) {
    reply.body += bytes.copy()
    if consumes { stream?.consumed(bytes.byteCount) }
  }

  func closed(_ reason: StreamCloseReason) {
    reply.reason = reason
    stream = nil
    done.resume(returning: reply)
  }
}

extension ClientTransport {
  /// Sends a request with a body in chunks and collects the reply.
  ///
  /// - Parameter then: runs on the loop, with the stream, after the body was queued; by default it
  ///   ends the request.
  func call(
    _ path: String, on loop: EventLoop, body: [[UInt8]] = [], consumes: Bool = true,
    waitsForReady: Bool = false, then: (@Sendable (any TransportStream) -> Void)? = nil
  ) async -> Reply {
    await withCheckedContinuation { done in
      loop.execute {
        let call = ClientCall(consumes: consumes, done)
        let endsAtOnce = body.isEmpty && then == nil
        let stream = self.openStream(
          head: .request(path), endStream: endsAtOnce, waitsForReady: waitsForReady,
          receiver: call)
        call.start(stream)
        for chunk in body { stream.send(chunk) }
        if let then { then(stream) } else if !endsAtOnce { stream.sendEnd() }
      }
    }
  }
}
