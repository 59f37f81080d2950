import RPC
import RPCInProcess
import Wire

/// A client that sends exactly the given bytes, and records the answer.
///
/// Sendable because its `var`s are touched on the loop's thread only.
final class RawCall: StreamReceiver, @unchecked Sendable {
  struct Response: Sendable {
    var headers: HeaderFields?
    var body: [UInt8] = []
    var trailers: HeaderFields?
    var closed: StreamCloseReason?

    func header(_ name: String) -> String? { headers?.field(name) }
    func trailer(_ name: String) -> String? { trailers?.field(name) }
    /// `grpc-status`, from the trailers or the headers.
    var status: Int? { (trailer("grpc-status") ?? header("grpc-status")).flatMap { Int($0) } }
    var message: String? { trailer("grpc-message") ?? header("grpc-message") }
    var isTrailersOnly: Bool { trailers == nil && header("grpc-status") != nil }
  }

  private let loop: InProcessLoop
  private var stream: (any TransportStream)?
  private var response = Response()
  private var waiter: CheckedContinuation<Response, Never>?

  static let head: HeaderFields = [
    ":method": "POST", ":scheme": "http", ":path": "/test.v1.Echo/Unary", ":authority": "test",
    "te": "trailers", "content-type": "application/grpc",
  ]

  /// Opens the stream with a head and sends chunks as they are; the last one ends the request
  /// unless `keepOpen`.
  init(
    _ bed: TestBed, head: HeaderFields = RawCall.head, chunks: [[UInt8]] = [],
    endStream: Bool = false, keepOpen: Bool = false
  ) {
    loop = bed.loop
    let client = bed.transport.client
    loop.execute {
      let stream = client.openStream(head: head, endStream: endStream, receiver: self)
      self.stream = stream
      for chunk in chunks { stream.send(chunk) }
      if !endStream, !keepOpen { stream.sendEnd() }
    }
  }

  /// One exchange, until the stream has closed.
  static func exchange(
    _ bed: TestBed, head: HeaderFields = RawCall.head, chunks: [[UInt8]] = [],
    endStream: Bool = false, keepOpen: Bool = false
  ) async -> Response {
    await RawCall(bed, head: head, chunks: chunks, endStream: endStream, keepOpen: keepOpen).end()
  }

  func end() async -> Response {
    await withCheckedContinuation { continuation in
      loop.execute {
        if self.response.closed != nil {
          continuation.resume(returning: self.response)
        } else {
          self.waiter = continuation
        }
      }
    }
  }

  func send(_ bytes: [UInt8], end: Bool = false) {
    loop.execute {
      self.stream?.send(bytes)
      if end { self.stream?.sendEnd() }
    }
  }

  func reset() { loop.execute { self.stream?.reset(.cancel) } }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) { response.headers = fields }

  func received(_ bytes: RawSpan, endStream: Bool) {
    unsafe bytes.withUnsafeBytes { unsafe response.body.append(contentsOf: $0) }
    stream?.consumed(bytes.byteCount)
  }

  func receivedTrailers(_ fields: HeaderFields) { response.trailers = fields }
  func writable() {}
  func timerFired() {}

  func closed(_ reason: StreamCloseReason) {
    response.closed = reason
    waiter?.resume(returning: response)
    waiter = nil
  }
}
