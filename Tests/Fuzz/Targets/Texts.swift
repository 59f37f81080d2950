import Wire

@testable import RPC

extension FuzzTarget {
  /// `grpc-timeout`: what is read is what the specification's grammar allows, and what is written is
  /// read as no less, and hardly more.
  static let timeout = FuzzTarget(name: "timeout", maxLength: 24) { bytes in
    let duration = Timeout.parse(bytes.span)
    let digits = bytes.dropLast()
    let isTimeout =
      (1...8).contains(digits.count) && digits.allSatisfy { (48...57).contains($0) }
      && bytes.last.map { "HMSmun".utf8.contains($0) } == true
    check((duration != nil) == isTimeout, "the grammar decides")
    if let duration { Self.writeTimeout(duration) }
    guard bytes.count >= 16 else { return }
    let (high, low) = (Self.number(bytes.prefix(8)), Self.number(bytes.dropFirst(8).prefix(8)))
    Self.writeTimeout(
      Duration(secondsComponent: high >> (low & 63), attosecondsComponent: low))
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
    bytes.reduce(0) { $0 << 8 | Int64($1) }
  }

  private static func writeTimeout(_ duration: Duration) {
    let text = Array(Timeout.format(duration).utf8)
    let read = unwrap(Timeout.parse(text.span), "what is written is a timeout")
    let tenYears = Duration.seconds(10 * 365 * 86_400)
    let wanted = max(.nanoseconds(1), min(duration, tenYears))
    check(read >= wanted, "a timeout is not shortened")
    check(read <= wanted + wanted / 10_000 + .nanoseconds(1), "a timeout is hardly lengthened")
  }

  /// Base64 in its three dialects.
  static let base64 = FuzzTarget(name: "base64", maxLength: 400) { bytes in
    for dialect in [Base64.metadata, .json, .url] {
      let decoded = dialect.decode(bytes.span)
      check(decoded == Self.reference(bytes, dialect), "\(dialect): a second decoder agrees")
      if let decoded {
        let text = dialect.encode(decoded)
        check(dialect.decode(text.span) == decoded, "\(dialect): what was read comes back")
        if dialect == .url { check(text == bytes, "one text stands for the bytes") }
      }
      let text = dialect.encode(bytes)
      check(dialect.decode(text.span) == bytes, "\(dialect): what was written comes back")
      check(
        dialect == .json ? text.count % 4 == 0 : !text.contains(UInt8(ascii: "=")),
        "\(dialect): padding where it belongs")
    }
  }

  /// Decodes by whole numbers, four digits at a time.
  private static func reference(_ text: [UInt8], _ dialect: Base64) -> [UInt8]? {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    var alphabet = Dictionary(
      uniqueKeysWithValues: letters.utf8.enumerated().map { ($1, UInt32($0)) })
    let last = ["+/", "-_"].enumerated().filter {
      dialect == .json || ($0.offset == 1) == (dialect == .url)
    }
    for (_, pair) in last {
      for (offset, digit) in pair.utf8.enumerated() { alphabet[digit] = 62 + UInt32(offset) }
    }
    let digits = text.prefix { $0 != UInt8(ascii: "=") }
    let padding = text.dropFirst(digits.count)
    guard padding.allSatisfy({ $0 == UInt8(ascii: "=") }), padding.count <= 2 else { return nil }
    if !padding.isEmpty, dialect == .url || text.count % 4 != 0 { return nil }
    var bytes: [UInt8] = []
    var rest = digits
    while !rest.isEmpty {
      let four = rest.prefix(4)
      rest = rest.dropFirst(four.count)
      guard four.count > 1 else { return nil }
      var number: UInt32 = 0
      for position in 0..<4 {
        guard position < four.count else {
          number <<= 6
          continue
        }
        guard let value = alphabet[four[four.startIndex + position]] else { return nil }
        number = number << 6 | value
      }
      let whole = [16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
      if dialect == .url, whole.dropFirst(four.count - 1).contains(where: { $0 != 0 }) {
        return nil
      }
      bytes += whole.prefix(four.count - 1)
    }
    return bytes
  }

  /// Percent encoding, in URLs and in `grpc-message`.
  static let percent = FuzzTarget(name: "percent", maxLength: 400) { bytes in
    var input = FuzzInput(bytes)
    let limit = input.choice(64)
    let text = input.remainder()
    let leniently = PercentEncoding.decodeLeniently(text.span)
    check(leniently.count <= text.count, "decoding makes no more")
    if let strictly = try? PercentEncoding.decode(text.span) {
      check(Array(strictly.utf8) == leniently, "what is well-formed reads the same leniently")
    }
    _ = try? PercentEncoding.decode(text.span, plusIsSpace: true, allowsNonASCII: true)

    let message = String(decoding: text, as: UTF8.self)
    let encoded = PercentEncoding.encode(message)
    check(encoded.allSatisfy { (0x20...0x7E).contains($0) }, "all of it is printable ASCII")
    check(PercentEncoding.decodeLeniently(encoded.span) == Array(message.utf8), "it comes back")
    if text.allSatisfy({ $0 < 0x80 }) {
      check((try? PercentEncoding.decode(encoded.span)) == message, "it comes back strictly")
    }
    Self.sendMessage(message, limit: limit)
  }

  /// A status whose message is cut to a limit is still one, with the beginning of the message.
  private static func sendMessage(_ message: String, limit: Int) {
    let status = RPCError(.notFound, message)
    let block = ResponseBlocks.trailers(status, nil, limit: limit)
    let field = block.value("grpc-message") ?? []
    check(field.count <= limit, "\(field.count) bytes of a message, and the limit is \(limit)")
    let sent = PercentEncoding.decodeLeniently(field.span)
    check(message.utf8.starts(with: sent), "a message that is cut is its own beginning")
    let read = ResponseStatus.parse(trailers: block, httpStatus: 200)
    check(read?.code == .notFound, "the code arrives")
    let whole = ResponseBlocks.trailersOnly(status, nil, limit: 1 << 20)
    check(ResponseStatus.parse(trailers: whole, httpStatus: 200)?.message == message, "as sent")
  }
}
