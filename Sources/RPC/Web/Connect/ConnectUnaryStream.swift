import Wire

/// A Connect request with one message each way as a gRPC stream. The request's body is the message;
/// the response waits until the status is known, for that is in its first line.
final class ConnectUnaryStream: AdaptedStream {
  private let request: ConnectRequest
  /// What the answer depends on besides its path, for caches; nil where nothing does.
  private let vary: String?
  private var headers = HeaderFields()
  private var reply: [UInt8]?
  private var hasSecondReply = false

  init(_ stream: any TransportStream, _ request: ConnectRequest, vary: String?) {
    self.request = request
    self.vary = vary
    super.init(stream)
  }

  private var isGet: Bool { request.shape != .unary }

  override func start(
    _ core: ServerCore, _ fields: HeaderFields, _ form: CallForm, endStream: Bool
  ) {
    begin(core, fields, form, endStream: false)
    if case .get(let query) = request.shape {
      deliver(query.message, endStream: true)
    } else if endStream {
      // No body is a message without fields.
      deliver([], endStream: true)
    }
  }

  // MARK: Request

  override func received(_ bytes: RawSpan, endStream: Bool) {
    guard isGet else { return super.received(bytes, endStream: endStream) }
    // The body of a GET has no meaning (RFC 9110 section 9.3.1).
    stream.consumed(bytes.byteCount)
  }

  override func receivedTrailers(_ fields: HeaderFields) {
    if !isGet { super.receivedTrailers(fields) }
  }

  override func consumed(_ count: Int) { if !isGet { super.consumed(count) } }
  override func keep(_ count: Int) { if !isGet { super.keep(count) } }

  // MARK: Response

  override var queuedBytes: Int { stream.queuedBytes + (reply?.count ?? 0) }

  override func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    guard !fields.isPlainAnswer else { return super.sendHeaders(fields, endStream: endStream) }
    headers = fields
    if endStream { finish(fields, isTrailersOnly: true) }
  }

  override func send(_ bytes: consuming [UInt8]) {
    if reply == nil { reply = bytes } else { hasSecondReply = true }
  }

  override func sendTrailers(_ fields: HeaderFields) { finish(fields, isTrailersOnly: false) }

  private func finish(_ trailers: HeaderFields, isTrailersOnly: Bool) {
    let metadata = Metadata(received: trailers)
    let frame = reply
    reply = nil
    var error = ResponseStatus.parse(trailers: trailers, httpStatus: nil)
    if error == nil, frame == nil || hasSecondReply {
      error = RPCError(.internal, "the method did not answer with one message")
    }
    error?.name(acceptedIn: headers)
    var block: HeaderFields = [":status": "\(error?.code.httpStatus ?? 200)"]
    block.append("content-type", error == nil ? request.contentType : "application/json")
    let isEncoded = error == nil && frame.map { MessageFrame.isEncoded($0) } ?? false
    if isEncoded, let encoding = headers.value("grpc-encoding") {
      block.append("content-encoding".utf8, encoding)
    }
    if let accepted = headers.value("grpc-accept-encoding") {
      block.append("accept-encoding".utf8, accepted)
    }
    if let vary { block.append("vary", vary) }
    if !isTrailersOnly {
      Metadata(received: headers).append(to: &block, prefix: "") {
        $0.equals("content-encoding") || $0.equals("accept-encoding")
      }
    }
    metadata.append(to: &block, prefix: "trailer-")
    let body = error.map { ConnectError.body($0) } ?? frame.map { Array($0.dropFirst(5)) } ?? []
    stream.sendHeaders(block, endStream: body.isEmpty)
    guard !body.isEmpty else { return }
    stream.send(body)
    stream.sendEnd()
  }
}

extension RPCError {
  /// A message in an encoding that the server does not have: the client gets to know those it has.
  mutating func name(acceptedIn headers: HeaderFields) {
    guard code == .unimplemented, message == RPCError.unsupportedEncoding.message,
      let accepted = headers.value("grpc-accept-encoding")
    else { return }
    message += "; these are: \(String(decoding: accepted, as: UTF8.self))"
  }
}

extension Metadata {
  /// Appends the fields that are metadata to a header block.
  ///
  /// - Parameters:
  ///   - prefix: of their names there.
  ///   - isDropped: names that would mean something else there.
  func append(
    to block: inout HeaderFields, prefix: String,
    isDropped: (Span<UInt8>) -> Bool = { _ in false }
  ) {
    let span = fields.bytes.span
    for field in fields {
      let name = span.extracting(field.name)
      guard !MetadataName.isReserved(name), !isDropped(name) else { continue }
      block.append(Array(prefix.utf8) + fields.bytes[field.name], fields.bytes[field.value])
    }
  }
}
