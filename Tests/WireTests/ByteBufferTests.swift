import Testing

@testable import Wire

@Suite(.timeLimit(.minutes(2))) struct ByteBufferTests {
  @Test func `Positions stay valid while the buffer grows`() {
    var buffer = ByteBuffer()
    var expected: [UInt8] = []
    for number in 0..<300 {
      let chunk = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 17)
      buffer.append(chunk.span)
      expected += chunk
    }
    let all = [UInt8](buffer)
    let counts = [5..<9, 5..<1_000_000].map { buffer.span(in: $0).byteCount }
    #expect(all == expected)
    #expect(counts == [4, expected.count - 5])
    buffer.removeAll(keeping: 512)
    let left = buffer.span(in: 0..<5).byteCount
    #expect(left == 0)
    buffer.release()
    let isEmpty = buffer.isEmpty
    #expect(isEmpty)
  }

  @Test func `Everything is appended in order`() {
    var buffer = ByteBuffer()
    buffer.append(UInt8(ascii: "a"))
    buffer.append("bä" as String)
    buffer.append("c" as StaticString)
    buffer.append(word: 0x6261_6261_6261_6261)
    buffer.append(Array("d".utf8).span)
    let text = String(decoding: [UInt8](buffer), as: UTF8.self)
    #expect(text == "abäcababababd")
  }

  @Test(
    arguments: [
      (0, 1, "0"), (7, 1, "7"), (10, 1, "10"), (42, 6, "000042"), (999_999, 6, "999999"),
      (1_000_000, 6, "1000000"), (.max, 1, "18446744073709551615"),
      (.max, 20, "18446744073709551615"),
    ] as [(UInt64, Int, String)])
  func `Numbers have at least as many digits as wanted`(
    value: UInt64, width: Int, expected: String
  ) {
    var buffer = ByteBuffer()
    buffer.append(decimal: value, width: width)
    let text = String(decoding: [UInt8](buffer), as: UTF8.self)
    #expect(text == expected)
  }
}
