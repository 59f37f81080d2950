import RPC
import RPCCompression
import Testing

@Suite(.timeLimit(.minutes(2))) struct ZlibEncodingTests {
  private static let encodings = [
    ZlibEncoding.gzip(), .deflate(), .gzip(level: 9), .deflate(level: 6),
  ]

  private static let messages: [[UInt8]] = [
    [], [7], Array("hello, hello, hello".utf8), Array(repeating: 0, count: 300_000),
    (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
  ]

  private func encode(_ message: [UInt8], _ encoding: ZlibEncoding) -> [UInt8] {
    unsafe encoding.encode(message.span.bytes)
  }

  private func decode(
    _ bytes: [UInt8], limit: Int = 1 << 30, _ encoding: ZlibEncoding
  ) throws(MessageEncodingError) -> [UInt8] {
    unsafe try encoding.decode(bytes.span.bytes, limit: limit)
  }

  @Test(arguments: encodings, messages)
  func `what is encoded is decoded, also by a stream that was used before`(
    encoding: ZlibEncoding, message: [UInt8]
  ) throws {
    for _ in 0..<3 {
      let encoded = encode(message, encoding)
      #expect(try decode(encoded, encoding) == message)
      #expect(try decode(encoded, limit: message.count, encoding) == message)
    }
  }

  @Test func `the names and formats are those of gRPC`() {
    let (gzip, deflate) = (ZlibEncoding.gzip(), ZlibEncoding.deflate())
    #expect(gzip.name == "gzip" && encode([1], gzip).prefix(3) == [0x1f, 0x8b, 8])
    // RFC 1950: the method, then a check sum of the two octets.
    let header = encode([1], deflate).prefix(2)
    #expect(deflate.name == "deflate" && header[0] == 0x78)
    #expect((Int(header[0]) << 8 | Int(header[1])) % 31 == 0)
    #expect(ZlibEncoding.all.map(\.name) == ["gzip", "deflate"])
  }

  @Test(arguments: encodings)
  func `bytes that are not a whole message of the format are malformed`(
    encoding: ZlibEncoding
  ) throws {
    let whole = encode(Array("a message of some length".utf8), encoding)
    for count in 0..<whole.count {
      #expect(throws: MessageEncodingError.malformed) {
        try decode(Array(whole[..<count]), encoding)
      }
    }
    #expect(throws: MessageEncodingError.malformed) { try decode(whole + [0], encoding) }
    for index in whole.indices {
      var changed = whole
      changed[index] ^= 0x40
      // A few octets of the header mean nothing; none may lead to another message.
      if let decoded = try? decode(changed, encoding) {
        #expect(decoded == Array("a message of some length".utf8))
      }
    }
    #expect(try decode(whole, encoding) == Array("a message of some length".utf8))
  }

  @Test(arguments: encodings)
  func `the limit counts the decoded bytes`(encoding: ZlibEncoding) throws {
    let message = [UInt8](repeating: 1, count: 5000)
    let encoded = encode(message, encoding)
    #expect(try decode(encoded, limit: 5000, encoding) == message)
    for limit in [0, 1, 511, 512, 4999] {
      #expect(throws: MessageEncodingError.tooLarge) {
        try decode(encoded, limit: limit, encoding)
      }
    }
  }

  @Test(arguments: [ZlibEncoding.gzip(level: 9), .deflate(level: 9)])
  func `a message beyond one MiB that is mostly zeros is a bomb`(
    encoding: ZlibEncoding
  ) throws {
    let small = [UInt8](repeating: 0, count: 1 << 20)
    #expect(try decode(encode(small, encoding), encoding) == small)
    let bomb = encode([UInt8](repeating: 0, count: 1 << 24), encoding)
    #expect(bomb.count < 1 << 17)
    #expect(throws: MessageEncodingError.tooLarge) { try decode(bomb, encoding) }
  }

  @Test func `many threads share an encoding`() async throws {
    let encoding = ZlibEncoding.gzip()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<64 {
        group.addTask {
          let message = [UInt8](repeating: UInt8(number), count: 1000 * number)
          for _ in 0..<20 {
            let decoded = try decode(encode(message, encoding), encoding)
            #expect(decoded == message)
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
