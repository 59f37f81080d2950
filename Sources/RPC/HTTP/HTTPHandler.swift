public import Wire

/// Answers requests that are neither gRPC nor in another protocol of the server (`WebProtocol`).
/// Without one they get 415, as does a request that names a method with a content-type of none.
public protocol HTTPHandler: Sendable {
  /// Called in a task on the stream's executor when the request is complete. Cancelled when the
  /// client goes away.
  func respond(to request: HTTPRequest) async -> HTTPResponse

  /// The answer to a request whose client asks whether to send the body (`Expect: 100-continue`);
  /// nil when the body is wanted. The request has none yet. Called on the stream's executor; must
  /// not wait. The default wants every body.
  func answer(withoutBodyOf request: HTTPRequest) -> HTTPResponse?

  /// The answer to a request that never was complete, found no room or was not admitted. Called on
  /// the stream's executor; must not wait. The default is the status alone.
  func response(to refusal: HTTPRefusal) -> HTTPResponse
}

extension HTTPHandler {
  public func answer(withoutBodyOf request: HTTPRequest) -> HTTPResponse? { nil }

  public func response(to refusal: HTTPRefusal) -> HTTPResponse {
    HTTPResponse(status: refusal.status)
  }
}

/// Why a request was refused before it reached the handler.
public enum HTTPRefusal: Sendable, Hashable {
  /// Its body has more bytes than `RPCLimits.maxHTTPBodyBytes`.
  case bodyTooLarge(limit: Int)
  /// Its body was not there after `RPCLimits.requestMessageTimeout`.
  case bodyTooSlow
  /// The server has no room for it now (`maxHandlersInFlight`, `maxHeldRequestBytes`).
  case overloaded
  /// The server's `RequestAdmission` threw.
  case notAdmitted(RPCError)
  /// It comes from a web page, and `WebPolicy.origins` does not name the page's origin; the origin
  /// as it came, perhaps shortened.
  case originNotAllowed(String)
  /// `WebPolicy.hosts` does not name the host; as it came, perhaps shortened, empty for none.
  case hostNotAllowed(String)

  /// The HTTP status that says so.
  public var status: Int {
    switch self {
    case .bodyTooLarge: 413
    case .bodyTooSlow: 408
    case .overloaded: 503
    case .notAdmitted(let error): error.code.httpStatus
    case .originNotAllowed, .hostNotAllowed: 403
    }
  }
}

/// A complete HTTP response.
public struct HTTPResponse: Sendable {
  public var status: Int
  public var headers: HeaderFields
  public var body: [UInt8]

  public init(status: Int, headers: HeaderFields = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

extension HeaderFields {
  /// Whether the client waits before it sends the body (RFC 9110 section 10.1.1).
  var asksForBody: Bool {
    value("expect").map { $0.trimmingSpaces.span.equalsIgnoringCase("100-continue") } ?? false
  }
}

extension HTTPResponse {
  /// With `retry-after` as a status asks for it, unless it has that field.
  func retriedLater(_ status: RPCError) -> HTTPResponse {
    guard let seconds = status.retryAfterSeconds, headers.value("retry-after") == nil else {
      return self
    }
    var response = self
    response.headers.append("retry-after", "\(seconds)")
    return response
  }

  /// Answers a request with it. On the stream's executor.
  func send(to stream: any TransportStream) {
    stream.sendHeaders(ResponseBlocks.http(status: status, headers), endStream: body.isEmpty)
    guard !body.isEmpty else { return }
    stream.send(body)
    stream.sendEnd()
  }
}
