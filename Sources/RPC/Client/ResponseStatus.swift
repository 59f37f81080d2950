import Wire

/// Reads a call's status from a response's header blocks, or from the end of its stream.
enum ResponseStatus {
  /// The status in trailers, or in the one block of Trailers-Only; nil is OK.
  static func parse(trailers fields: HeaderFields, httpStatus: Int?) -> RPCError? {
    let metadata = Metadata(received: fields)
    guard let field = fields.value("grpc-status") else {
      let code = httpStatus.map(HTTPStatus.code(for:)) ?? .ok
      return RPCError(
        code == .ok ? .unknown : code, missing(httpStatus: httpStatus), metadata: metadata)
    }
    let message = message(fields.value("grpc-message") ?? [])
    guard let code = code(field) else {
      return RPCError(
        .unknown, message.isEmpty ? "the response's grpc-status is not one" : message,
        metadata: metadata)
    }
    guard code != .ok else { return nil }
    var status = RPCError(code, message, metadata: metadata)
    if let field = fields.value("grpc-status-details-bin"),
      let bytes = Base64.metadata.decode(field.span)
    {
      status.details = StatusDetails.decode(bytes)
    }
    return status
  }

  /// The fault in a response's header block; nil when messages may follow.
  static func fault(
    inHeaders fields: HeaderFields, httpStatus http: Int?, _ encodings: MessageEncodings
  ) -> RPCError? {
    let metadata = Metadata(received: fields)
    guard let http, http == 200 else {
      let code = http.map(HTTPStatus.code(for:)) ?? .unknown
      return RPCError(code == .ok ? .unknown : code, missing(httpStatus: http), metadata: metadata)
    }
    let type = Array(fields.value("content-type") ?? [])
    guard RequestHead.isGRPC(contentType: type.span) else {
      return RPCError(
        .unknown, "the response is not gRPC: content-type \(String(decoding: type, as: UTF8.self))",
        metadata: metadata)
    }
    if let encoding = fields.value("grpc-encoding"), !encoding.elementsEqual("identity".utf8),
      encodings.find(encoding) == nil
    {
      return RPCError(.internal, "the response is in an encoding that was not offered")
    }
    return nil
  }

  static func httpStatus(_ fields: HeaderFields) -> Int? {
    fields.value(":status").flatMap { Int(String(decoding: $0, as: UTF8.self)) }
  }

  /// How a stream that ended without a status reads (PROTOCOL-HTTP2.md, "Errors").
  static func status(of reason: StreamCloseReason, deadlinePassed: Bool) -> RPCError {
    switch reason {
    case .finished: RPCError(.unknown, "the response has no status")
    case .resetLocally: .cancelled
    case .connectionLost(let why): RPCError(.unavailable, "the connection failed: \(why)")
    case .unprocessed: RPCError(.unavailable, "the server is going away")
    case .resetByPeer(let code): status(ofReset: code, deadlinePassed: deadlinePassed)
    }
  }

  /// - Parameter code: an HTTP/2 error code (RFC 9113 section 7).
  private static func status(ofReset code: UInt32, deadlinePassed: Bool) -> RPCError {
    switch code {
    case 7: RPCError(.unavailable, "the server refused the stream")
    case 8 where deadlinePassed: .deadlineExceeded
    case 8: RPCError(.cancelled, "the server cancelled the call")
    case 11: RPCError(.resourceExhausted, "the server asks for calm")
    case 12: RPCError(.permissionDenied, "the server requires better security")
    default: RPCError(.internal, "the server reset the stream with HTTP/2 error \(code)")
    }
  }

  /// Octets that are not UTF-8 are replaced: a message is for people and must not be lost because
  /// it is ill-formed.
  private static func message(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: PercentEncoding.decodeLeniently(field.span), as: UTF8.self)
  }

  private static func code(_ field: ArraySlice<UInt8>) -> StatusCode? {
    UInt8(String(decoding: field, as: UTF8.self)).flatMap(StatusCode.init(rawValue:))
  }

  private static func missing(httpStatus: Int?) -> String {
    "the response has no grpc-status" + (httpStatus.map { " (HTTP status \($0))" } ?? "")
  }
}
