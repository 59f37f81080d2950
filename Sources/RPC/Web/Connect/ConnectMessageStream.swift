import Wire

/// A Connect request with messages in envelopes as a gRPC stream. Envelopes are gRPC's frames; the
/// last of a response holds the status and the trailers, so the HTTP status is always 200.
final class ConnectMessageStream: AdaptedStream {
  private let request: ConnectRequest

  init(_ stream: any TransportStream, _ request: ConnectRequest) {
    self.request = request
    super.init(stream)
  }

  override func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    guard !fields.isPlainAnswer else { return super.sendHeaders(fields, endStream: endStream) }
    var block: HeaderFields = [":status": "200"]
    block.append("content-type", request.contentType)
    if let encoding = fields.value("grpc-encoding") {
      block.append("connect-content-encoding".utf8, encoding)
    }
    if let accepted = fields.value("grpc-accept-encoding") {
      block.append("connect-accept-encoding".utf8, accepted)
    }
    if !endStream {
      Metadata(received: fields).append(to: &block, prefix: "") { $0.starts(with: "content-") }
    }
    stream.sendHeaders(block, endStream: false)
    if endStream { finish(fields, headers: fields) }
  }

  override func sendTrailers(_ fields: HeaderFields) { finish(fields, headers: HeaderFields()) }

  private func finish(_ trailers: HeaderFields, headers: HeaderFields) {
    var error = ResponseStatus.parse(trailers: trailers, httpStatus: nil)
    error?.name(acceptedIn: headers)
    stream.send(ConnectError.endOfStream(error, Metadata(received: trailers)))
    stream.sendEnd()
  }
}
