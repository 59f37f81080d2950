import Wire

/// The field lines of a head, or of trailers, checked one by one, and what they say about the
/// message. Pure.
struct FieldLines: Sendable {
  private(set) var fields = HeaderFields()
  private(set) var listBytes = 0
  private var lineBytes = 0
  private var count = 0

  private(set) var host: [UInt8]?
  private(set) var contentLength: Int?
  private var isChunked = false
  private var closes = false
  private var keepsAlive = false
  private(set) var expectsContinue = false

  /// - Parameter listBytes: of the fields that the request line stands for.
  init(listBytes: Int = 0) { self.listBytes = listBytes }

  /// Bytes that the next line may have.
  func room(_ limits: HTTP1Limits) -> Int { max(0, limits.maxHeaderListBytes - lineBytes) }

  /// Takes a line that is not empty.
  mutating func add(
    _ octets: [UInt8], isTrailer: Bool, _ limits: HTTP1Limits
  ) throws(HTTP1Fault) {
    let line = octets.span
    guard !Octets.isBlank(line[0]) else { throw .foldedField }
    var colon = 0
    while colon < line.count, line[colon] != UInt8(ascii: ":") { colon += 1 }
    guard colon < line.count, Octets.areToken(line.extracting(0..<colon)) else {
      throw .badFieldName
    }
    let value = line.extracting(Octets.withoutBlanks(line, colon + 1..<line.count))
    guard Octets.areValue(value) else { throw .badFieldValue }
    count += 1
    lineBytes += line.count + 2
    listBytes += colon + value.count + 32
    guard listBytes <= limits.maxHeaderListBytes, count <= limits.maxHeaderFields else {
      throw .headTooLarge
    }
    let name = Octets.lowercased(line.extracting(0..<colon))
    if isTrailer {
      if !Self.isOfMessage(name.span) { fields.append(name.span, value) }
    } else if try !read(name.span, value) {
      fields.append(name.span, value)
    }
  }

  /// Whether a field says how the message is sent: trailers come too late for it (RFC 9110 section
  /// 6.5.1).
  private static func isOfMessage(_ name: Span<UInt8>) -> Bool {
    isOfConnection(name) || name.equals("host") || name.equals("content-length")
      || name.equals("expect")
  }

  /// Fields about this connection, which are none of the request (RFC 9110 section 7.6.1).
  static func isOfConnection(_ name: Span<UInt8>) -> Bool {
    switch name.count {
    case 2: name.equals("te")
    case 7: name.equals("upgrade") || name.equals("trailer")
    case 10: name.equals("connection") || name.equals("keep-alive")
    case 14: name.equals("http2-settings")
    case 16: name.equals("proxy-connection")
    case 17: name.equals("transfer-encoding")
    default: false
    }
  }

  /// Acts on a field that is about the message.
  ///
  /// - Returns: whether nobody else needs it.
  private mutating func read(
    _ name: Span<UInt8>, _ value: Span<UInt8>
  ) throws(HTTP1Fault) -> Bool {
    switch name.count {
    case 4 where name.equals("host"):
      guard host == nil else { throw .repeatedHost }
      guard Octets.areHost(value) else { throw .badHost }
      host = Octets.lowercased(value)
      return true
    case 6 where name.equals("expect"):
      guard value.equalsIgnoringCase("100-continue") else { throw .unknownExpectation }
      expectsContinue = true
      return true
    case 10 where name.equals("connection"):
      Octets.forEachListed(value) { option in
        if option.equalsIgnoringCase("close") { closes = true }
        if option.equalsIgnoringCase("keep-alive") { keepsAlive = true }
      }
      return true
    case 14 where name.equals("content-length"):
      guard contentLength == nil, Octets.areDigits(value) else { throw .badContentLength }
      guard let length = Octets.decimal(value) else {
        throw .lengthTooLarge
      }
      contentLength = length
      return false
    case 17 where name.equals("transfer-encoding"):
      try readTransferEncoding(value)
      return true
    default:
      return Self.isOfConnection(name)
    }
  }

  private mutating func readTransferEncoding(_ value: Span<UInt8>) throws(HTTP1Fault) {
    var codings = 0
    var isKnown = true
    var isToken = true
    Octets.forEachListed(value) { coding in
      codings += 1
      isToken = isToken && Octets.areToken(coding)
      isKnown = isKnown && coding.equalsIgnoringCase("chunked")
    }
    guard isToken else { throw .badTransferEncoding }
    guard isKnown else { throw .unknownTransferCoding }
    guard codings == 1, !isChunked else { throw .badTransferEncoding }
    isChunked = true
  }

  /// The whole head.
  func request(_ line: RequestLine) throws(HTTP1Fault) -> HTTP1Request {
    guard line.isVersion10 || host != nil else { throw .missingHost }
    var request = HTTP1Request()
    request.isHead = line.method.span.equals("HEAD")
    request.isVersion10 = line.isVersion10
    request.keepsAlive = !closes && (keepsAlive || !line.isVersion10)
    if isChunked {
      guard !line.isVersion10 else { throw .badTransferEncoding }
      guard contentLength == nil else { throw .twoLengths }
      request.body = .chunked
    } else if let contentLength, contentLength > 0 {
      request.body = .length(contentLength)
    }
    request.expectsContinue = expectsContinue && !line.isVersion10 && request.body != .none
    request.fields.append(":method".utf8, line.method)
    request.fields.append(":scheme", "http")
    request.fields.append(":path".utf8, line.path)
    if let authority = line.authority ?? host {
      request.fields.append(":authority".utf8, authority)
    }
    let bytes = fields.bytes.span
    for field in fields {
      request.fields.append(bytes.extracting(field.name), bytes.extracting(field.value))
    }
    return request
  }
}
