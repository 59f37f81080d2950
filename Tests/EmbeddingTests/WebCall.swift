import RPC
import RPCHTTP2
import Wire

/// One request to a server over a socket, as its bytes, and the whole answer.
///
/// Sendable because its `var`s are touched on the transport's executor only.
final class WebCall: StreamReceiver, @unchecked Sendable {
  struct Answer: Sendable {
    var headers: HeaderFields = [:]
    var body: [UInt8] = []
    var trailers: HeaderFields?
    var end: StreamCloseReason = .finished

    func header(_ name: StaticString) -> String? {
      headers.value(name).map { String(decoding: $0, as: UTF8.self) }
    }

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  private var stream: (any TransportStream)?
  private var answer = Answer()
  private let continuation: CheckedContinuation<Answer, Never>

  private init(_ continuation: CheckedContinuation<Answer, Never>) {
    self.continuation = continuation
  }

  /// Makes a request with this body; without one the header block ends it.
  static func make(
    _ transport: HTTP2ClientTransport, _ method: String, _ path: String,
    _ fields: HeaderFields = [:], body: [UInt8]? = nil
  ) async -> Answer {
    var head: HeaderFields = [
      ":method": method, ":scheme": "http", ":path": path, ":authority": "localhost",
    ]
    for field in fields { head.append(fields.bytes[field.name], fields.bytes[field.value]) }
    let request = head
    return await withCheckedContinuation { continuation in
      transport.executor.execute {
        let call = WebCall(continuation)
        let stream = transport.openStream(
          head: request, endStream: body == nil, receiver: call)
        call.stream = stream
        guard let body else { return }
        stream.send(body)
        stream.sendEnd()
      }
    }
  }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) { answer.headers = fields }

  func received(_ bytes: RawSpan, endStream: Bool) {
    bytes.withUnsafeBytes { answer.body.append(contentsOf: $0) }
    stream?.consumed(bytes.byteCount)
  }

  func receivedTrailers(_ fields: HeaderFields) { answer.trailers = fields }
  func writable() {}
  func timerFired() {}

  func closed(_ reason: StreamCloseReason) {
    answer.end = reason
    stream = nil
    continuation.resume(returning: answer)
  }
}
