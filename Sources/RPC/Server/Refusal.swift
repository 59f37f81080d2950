import Wire

/// The answer to a request that reaches no handler.
enum Refusal {
  case grpc(RPCError)
  /// The messages are in an encoding that this server does not have; it names those it has.
  case unsupportedEncoding(_ accepted: String)
  /// Not gRPC at all, so the answer is plain HTTP.
  case http(status: Int)
  /// Not gRPC and not admitted, or not for web pages.
  case response(HTTPResponse, RPCError)
  /// A browser asked whether a page may call.
  case preflight(HTTPResponse)

  func send(to stream: any TransportStream, limit: Int) {
    switch self {
    case .grpc(let status):
      stream.sendHeaders(ResponseBlocks.trailersOnly(status, nil, limit: limit), endStream: true)
    case .unsupportedEncoding(let accepted):
      var block = ResponseBlocks.trailersOnly(.unsupportedEncoding, nil, limit: limit)
      block.append("grpc-accept-encoding", accepted)
      stream.sendHeaders(block, endStream: true)
    case .http(let status):
      let fields: HeaderFields = status == 405 ? ["allow": "POST"] : [:]
      stream.sendHeaders(ResponseBlocks.http(status: status, fields), endStream: true)
    case .response(let response, _), .preflight(let response):
      response.send(to: stream)
    }
  }

  func summary(
    of fields: HeaderFields, _ head: RequestHead, _ peer: String, _ duration: Duration,
    _ executor: any CallExecutor, _ storage: CallStorage, _ webProtocol: WebProtocol?
  ) -> CallSummary {
    let path = String(decoding: fields.bytes[head.path], as: UTF8.self)
    let (status, http): (RPCError?, Int?) =
      switch self {
      case .grpc(let status): (status, nil)
      case .unsupportedEncoding: (.unsupportedEncoding, nil)
      case .http(let code): (RPCError(HTTPStatus.code(for: code), "not a gRPC request"), code)
      case .response(let response, let error): (error, response.status)
      case .preflight(let response): (nil, response.status)
      }
    return CallSummary(
      method: nil, path: path, peer: peer, webProtocol: webProtocol, code: status?.code ?? .ok,
      message: status?.message ?? "", details: status?.details ?? [], error: nil,
      httpMethod: http.map { _ in String(decoding: fields.value(":method") ?? [], as: UTF8.self) },
      httpStatus: http, duration: duration, bytesReceived: 0, bytesSent: 0,
      messagesReceived: 0, messagesSent: 0, executor: executor, storage: storage)
  }
}

extension RPCError {
  static let deadlineExceeded = RPCError(.deadlineExceeded, "the deadline has passed")
  static let cancelled = RPCError(.cancelled, "the call was cancelled")

  static let unsupportedEncoding = RPCError(
    .unimplemented, "the message encoding is not supported")

  static func unknownMethod(path: ArraySlice<UInt8>, in router: Router) -> RPCError {
    let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty else {
      return RPCError(.unimplemented, "malformed method name")
    }
    let service = String(decoding: parts[1], as: UTF8.self)
    let method = String(decoding: parts[2], as: UTF8.self)
    if router.services.contains(service) {
      return RPCError(.unimplemented, "unknown method \(method) of service \(service)")
    }
    return RPCError(.unimplemented, "unknown service \(service)")
  }
}
