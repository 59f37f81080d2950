import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct Base64Tests {
  private func encode(_ bytes: [UInt8], _ dialect: Base64) -> String {
    String(decoding: dialect.encode(bytes), as: UTF8.self)
  }

  private func decode(_ text: String, _ dialect: Base64) -> [UInt8]? {
    dialect.decode(text.utf8.span)
  }

  // MARK: Metadata

  @Test(arguments: [
    ([UInt8](), ""), ([0], "AA"), ([0, 1], "AAE"), ([0, 1, 2], "AAEC"), ([0xFF, 0xFE], "//4"),
    ([0xFB], "+w"),
  ])
  func `metadata is sent without padding and taken with or without`(bytes: [UInt8], text: String) {
    #expect(encode(bytes, .metadata) == text)
    #expect(decode(text, .metadata) == bytes)
    let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    #expect(decode(padded, .metadata) == bytes)
  }

  @Test(arguments: [
    "A", "AAAAA", "AA=A", "A=", "AA=", "AAE==", "====", "A A", "AA-_", "é", "AAAA=",
  ])
  func `other text is not metadata's base64`(text: String) {
    #expect(decode(text, .metadata) == nil)
  }

  // MARK: JSON

  @Test(arguments: [
    ([UInt8](), ""), ([0], "AA=="), ([0, 1], "AAE="), ([0, 1, 2], "AAEC"),
    ([0xFB, 0xFF], "+/8="),
  ])
  func `JSON is written with padding and read with or without`(bytes: [UInt8], text: String) {
    #expect(encode(bytes, .json) == text)
    #expect(decode(text, .json) == bytes)
    #expect(decode(text.filter { $0 != "=" }, .json) == bytes)
  }

  @Test func `JSON is read in both alphabets`() {
    #expect(decode("-_8", .json) == [0xFB, 0xFF])
    #expect(decode("-/8=", .json) == [0xFB, 0xFF])
  }

  @Test(arguments: ["A", "AA=", "=", "==", "AAA==", "A===", "AAAA====", "AA=A", "A A", "é"])
  func `other text is not JSON's base64`(text: String) {
    #expect(decode(text, .json) == nil)
  }

  // MARK: URLs

  @Test(arguments: [
    ([UInt8](), ""), ([0], "AA"), ([0, 1], "AAE"), ([0, 1, 2], "AAEC"), ([0xFB, 0xFF], "-_8"),
  ])
  func `a text for URLs has no padding`(bytes: [UInt8], text: String) {
    #expect(encode(bytes, .url) == text)
    #expect(decode(text, .url) == bytes)
  }

  @Test(arguments: ["A", "AA==", "AAE=", "=", "+w", "/w", "AB", "AAF", "A A", "é"])
  func `no other text stands for the same bytes`(text: String) {
    #expect(decode(text, .url) == nil)
  }

  // MARK: All

  @Test(arguments: [Base64.metadata, .json, .url]) func `bytes come back`(dialect: Base64) {
    for count in 0..<300 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ count &* 31) }
      #expect(decode(encode(bytes, dialect), dialect) == bytes)
    }
  }
}
