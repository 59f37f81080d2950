import Wire

/// The header block of a Connect request whose method is known: what it asks for, as gRPC says it.
struct ConnectRequest {
  enum Shape: Equatable {
    /// One message each way, as the body.
    case unary
    /// The same with the message in the query.
    case get(ConnectQuery)
    /// Messages in envelopes.
    case streaming
  }

  let shape: Shape
  let isJSON: Bool

  /// The response's, unless it is an error of one message.
  var contentType: String {
    switch (shape, isJSON) {
    case (.streaming, true): "application/connect+json"
    case (.streaming, false): "application/connect+proto"
    case (_, true): "application/json"
    case (_, false): "application/proto"
    }
  }

  /// Nil when the content type is none of Connect's.
  init?(contentType: String) {
    switch contentType {
    case "application/json": self.init(.unary, isJSON: true)
    case "application/proto": self.init(.unary, isJSON: false)
    case "application/connect+json": self.init(.streaming, isJSON: true)
    case "application/connect+proto": self.init(.streaming, isJSON: false)
    default: return nil
    }
  }

  init(_ shape: Shape, isJSON: Bool) {
    self.shape = shape
    self.isJSON = isJSON
  }

  /// The request's header block in gRPC.
  ///
  /// - Throws: INVALID_ARGUMENT and UNIMPLEMENTED for what Connect does not allow.
  func translated(_ request: WebRequest) throws(RPCError) -> HeaderFields {
    if let version = request.text("connect-protocol-version"), version != "1" {
      throw RPCError(.invalidArgument, "connect-protocol-version is not 1")
    }
    var own: HeaderFields = [":method": "POST"]
    own.append(":path".utf8, request.path)
    if let timeout = request.fields.value("connect-timeout-ms") {
      own.append("grpc-timeout", try Self.timeout(timeout.trimmingSpaces))
    }
    let (encoding, accepted) = try encodings(request)
    if let encoding { own.append("grpc-encoding", encoding) }
    if let accepted { own.append("grpc-accept-encoding", accepted) }
    return request.translated(own) { name in
      name.starts(with: "grpc-") || name.starts(with: "connect-")
        || name.equals("content-encoding") || name.equals("accept-encoding")
    }
  }

  /// The encoding of the request and those that the client takes: without a list, that of the
  /// request.
  private func encodings(_ request: WebRequest) throws(RPCError) -> (String?, String?) {
    let (encoding, accepted): (String?, ArraySlice<UInt8>?)
    switch shape {
    case .streaming:
      guard request.encoding("content-encoding") == nil else {
        throw RPCError(.unimplemented, "the body of a stream is not taken in a content-encoding")
      }
      encoding = request.encoding("connect-content-encoding")
      accepted = request.fields.value("connect-accept-encoding")
    case .unary:
      encoding = request.encoding("content-encoding")
      accepted = request.fields.value("accept-encoding")
    case .get(let query):
      encoding = query.compression
      accepted = request.fields.value("accept-encoding")
    }
    return (encoding, accepted.map { Self.acceptable($0) } ?? encoding)
  }

  /// The list without the weights of HTTP (RFC 9110 section 12.5.3), and without what has none.
  static func acceptable(_ list: ArraySlice<UInt8>) -> String {
    String(decoding: list, as: UTF8.self).lowercased().split(separator: ",").compactMap { item in
      let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      guard let name = parts.first else { return nil }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
      if let weight, Double(weight.dropFirst(2)) ?? 0 == 0 { return nil }
      return name
    }.joined(separator: ",")
  }

  /// `grpc-timeout` for at most ten digits of milliseconds.
  private static func timeout(_ text: ArraySlice<UInt8>) throws(RPCError) -> String {
    let isNumber = text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard isNumber, (1...10).contains(text.count),
      let milliseconds = Int64(String(decoding: text, as: UTF8.self))
    else { throw RPCError(.invalidArgument, "connect-timeout-ms is not 1 to 10 digits") }
    return milliseconds == 0 ? "0n" : Timeout.format(.milliseconds(milliseconds))
  }

  /// An error as the answer to a request that leads to no call.
  func response(_ error: RPCError, status: Int? = nil) -> HTTPResponse {
    switch shape {
    case .streaming where status == nil:
      HTTPResponse(
        status: 200, headers: ["content-type": contentType],
        body: ConnectError.endOfStream(error, Metadata()))
    default:
      HTTPResponse(
        status: status ?? error.code.httpStatus, headers: ["content-type": "application/json"],
        body: ConnectError.body(error))
    }
  }
}
