import Wire

/// A gRPC-Web request as a gRPC stream. The frames are gRPC's; the trailers are a last frame, and in
/// the text form all is base64 (grpc/doc/PROTOCOL-WEB.md).
///
/// Each piece of a response in base64 has its own padding, as that document lets servers do. Binary
/// metadata stays base64 in both forms: no client is known that takes it otherwise.
final class GRPCWebStream: AdaptedStream {
  private let request: GRPCWebRequest
  private var decoder = Base64Decoder()
  private var credit = TranslatedCredit()

  init(_ stream: any TransportStream, _ request: GRPCWebRequest) {
    self.request = request
    super.init(stream)
  }

  // MARK: Request

  override func received(_ bytes: RawSpan, endStream: Bool) {
    guard request.isText else { return super.received(bytes, endStream: endStream) }
    var text: [UInt8] = []
    text.append(bytes)
    var decoded: [UInt8] = []
    do throws(Base64Decoder.Fault) {
      try decoder.decode(text.span, into: &decoded)
      if endStream { try decoder.finish(into: &decoded) }
    } catch {
      stream.consumed(text.count)
      return fail(RPCError(.internal, "the request is not base64"))
    }
    guard !decoded.isEmpty || endStream else { return stream.consumed(text.count) }
    if decoded.isEmpty {
      stream.consumed(text.count)
    } else {
      credit.translated(text.count, to: decoded.count)
    }
    deliver(decoded, endStream: endStream)
  }

  override func receivedTrailers(_ fields: HeaderFields) {
    guard request.isText else { return super.receivedTrailers(fields) }
    [].withSpan(0..<0) { received($0, endStream: true) }
  }

  override func consumed(_ count: Int) {
    super.consumed(request.isText ? credit.take(count) : count)
  }

  override func keep(_ count: Int) {
    super.keep(request.isText ? credit.take(count) : count)
  }

  // MARK: Response

  override func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    guard !fields.isPlainAnswer else { return super.sendHeaders(fields, endStream: endStream) }
    let span = fields.bytes.span
    var block = HeaderFields()
    for field in fields {
      if span.extracting(field.name).equals("content-type") {
        block.append("content-type", request.contentType)
      } else {
        block.append(span.extracting(field.name), span.extracting(field.value))
      }
    }
    super.sendHeaders(block, endStream: endStream)
  }

  override func send(_ bytes: consuming [UInt8]) {
    super.send(request.wantsText ? Base64.json.encode(bytes) : bytes)
  }

  override func sendTrailers(_ fields: HeaderFields) {
    send(Self.frame(trailers: fields))
    stream.sendEnd()
  }

  /// The frame of the trailers: a block as HTTP/1 has it, without the empty line.
  static func frame(trailers: HeaderFields) -> [UInt8] {
    var text: [UInt8] = []
    for field in trailers {
      text += trailers.bytes[field.name]
      text += ": ".utf8
      text += trailers.bytes[field.value]
      text += "\r\n".utf8
    }
    var frame = MessageFrame.frame(text)
    frame[0] = 0x80
    return frame
  }
}

/// How many received bytes are used up, where the call counts them as they were translated.
struct TranslatedCredit {
  private var received = 0
  private var translated = 0

  mutating func translated(_ received: Int, to count: Int) {
    self.received += received
    translated += count
  }

  /// The received bytes that stand for `count` translated ones, all of them for the last.
  mutating func take(_ count: Int) -> Int {
    guard count < translated else {
      defer { (received, translated) = (0, 0) }
      return received
    }
    let share = received * count / translated
    received -= share
    translated -= count
    return share
  }
}
