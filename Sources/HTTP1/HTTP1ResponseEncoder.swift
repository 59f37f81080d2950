public import Wire

/// Writes the response to one request. Pure.
///
/// `head` comes first, then `body` any number of times, then `end`; or `head` alone when it says
/// that the whole body is known to be empty.
public struct HTTP1ResponseEncoder: Sendable {
  /// How the client knows where the body ends.
  private enum Framing {
    /// There is none.
    case none
    case length
    case chunked
    /// HTTP/1.0: the connection ends with it.
    case untilClose
  }

  private let isHead: Bool
  private let isVersion10: Bool
  private var framing = Framing.none
  /// The connection may take another request after this response.
  public private(set) var keepsAlive: Bool

  /// The request's part in it.
  public init(_ request: HTTP1Request) {
    isHead = request.isHead
    isVersion10 = request.isVersion10
    keepsAlive = request.keepsAlive
  }

  /// The interim response that asks for the body (RFC 9110 section 10.1.1).
  public static let continuing = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Writes status line and fields.
  ///
  /// - Parameters:
  ///   - fields: as HTTP/2 has them, `:status` first.
  ///   - bodyBytes: the length of the body; nil when it is not known yet.
  ///   - hasTrailers: trailers follow the body, so it is chunked for whoever takes that.
  ///   - endsConnection: no other request is wanted, whatever the client wants.
  ///   - seconds: the time of day, since 1970.
  public mutating func head(
    _ fields: HeaderFields, bodyBytes: Int?, hasTrailers: Bool = false, endsConnection: Bool,
    secondsSince1970 seconds: Int64, into output: inout [UInt8]
  ) {
    let status = Self.status(fields)
    let hasNoBody = isHead || status == 204 || status == 304
    if hasNoBody {
      framing = .none
    } else if bodyBytes != nil, !hasTrailers || isVersion10 {
      framing = .length
    } else {
      framing = isVersion10 ? .untilClose : .chunked
    }
    if endsConnection || framing == .untilClose { keepsAlive = false }
    output.append(contentsOf: "HTTP/1.1 \(status) \(ReasonPhrase.text(status))\r\n".utf8)
    var hasDate = false
    var hasLength = framing != .none || bodyBytes ?? 0 > 0 || status == 204
    let bytes = fields.bytes.span
    for field in fields {
      let name = bytes.extracting(field.name)
      // What a handler says about the length is told only where there is no body to count.
      if name.equals("content-length") {
        guard !hasLength, Octets.decimal(bytes.extracting(field.value)) != nil else { continue }
        hasLength = true
      }
      if name.equals("date") { hasDate = true }
      append(name, bytes.extracting(field.value), to: &output)
    }
    if let length = told(bodyBytes) {
      output.append(contentsOf: "content-length: \(length)\r\n".utf8)
    }
    if framing == .chunked { output.append(contentsOf: "transfer-encoding: chunked\r\n".utf8) }
    if !hasDate { output.append(contentsOf: "date: \(HTTPDate.text(seconds))\r\n".utf8) }
    if !keepsAlive {
      output.append(contentsOf: "connection: close\r\n".utf8)
    } else if isVersion10 {
      output.append(contentsOf: "connection: keep-alive\r\n".utf8)
    }
    output.append(contentsOf: "\r\n".utf8)
  }

  /// The length to tell: of the body, or of the one that GET would get.
  private func told(_ bodyBytes: Int?) -> Int? {
    if framing == .length { return bodyBytes }
    // A body of nothing in the answer to HEAD says nothing about GET's.
    return isHead && bodyBytes ?? 0 > 0 ? bodyBytes : nil
  }

  /// Writes a piece of the body.
  public func body(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    switch framing {
    case .none: break
    case .length, .untilClose: Self.append(bytes, to: &output)
    case .chunked:
      output.append(contentsOf: "\(String(bytes.count, radix: 16))\r\n".utf8)
      Self.append(bytes, to: &output)
      output.append(contentsOf: "\r\n".utf8)
    }
  }

  /// Writes the end. Trailers go where the body is chunked; nobody else could take them.
  public func end(_ trailers: HeaderFields, into output: inout [UInt8]) {
    guard framing == .chunked else { return }
    output.append(contentsOf: "0\r\n".utf8)
    let bytes = trailers.bytes.span
    for field in trailers {
      append(bytes.extracting(field.name), bytes.extracting(field.value), to: &output)
    }
    output.append(contentsOf: "\r\n".utf8)
  }

  /// Writes a field that is about the response. A value cannot begin another line, whatever a
  /// handler puts into it.
  private func append(_ name: Span<UInt8>, _ value: Span<UInt8>, to output: inout [UInt8]) {
    guard Octets.areToken(name), !FieldLines.isOfConnection(name) else { return }
    Self.append(name, to: &output)
    output.append(contentsOf: ": ".utf8)
    for index in value.indices {
      output.append(Octets.isControl(value[index]) ? UInt8(ascii: " ") : value[index])
    }
    output.append(contentsOf: "\r\n".utf8)
  }

  private static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
    unsafe bytes.withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
  }

  /// A handler that sends none, or an interim one, is broken.
  private static func status(_ fields: HeaderFields) -> Int {
    guard let value = fields.value(":status"), let status = Octets.decimal(value.span),
      (200...999).contains(status)
    else { return 500 }
    return status
  }
}

extension HTTP1Fault {
  /// The answer that ends the connection: a line of text that says what is wrong.
  ///
  /// - Parameter seconds: the time of day, since 1970.
  public func answer(secondsSince1970 seconds: Int64) -> [UInt8] {
    HTTP1ResponseEncoder.lastAnswer(
      status, "This is not a request that the server takes: \(rawValue).", seconds)
  }
}

extension HTTP1ResponseEncoder {
  /// A response of one line of text, after which the connection ends.
  public static func lastAnswer(_ status: Int, _ text: String, _ seconds: Int64) -> [UInt8] {
    var request = HTTP1Request()
    request.keepsAlive = false
    var encoder = HTTP1ResponseEncoder(request)
    let body = Array("\(text)\n".utf8)
    var output: [UInt8] = []
    encoder.head(
      [":status": "\(status)", "content-type": "text/plain; charset=utf-8"],
      bodyBytes: body.count, endsConnection: true, secondsSince1970: seconds, into: &output)
    encoder.body(body.span, into: &output)
    return output
  }
}
