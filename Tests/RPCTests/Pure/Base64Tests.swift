import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct Base64Tests {
  @Test(arguments: [
    ([UInt8](), ""), ([0], "AA"), ([0, 1], "AAE"), ([0, 1, 2], "AAEC"), ([0xFF, 0xFE], "//4"),
    ([0xFB], "+w"),
  ])
  func `values are sent without padding and taken with or without`(bytes: [UInt8], text: String) {
    #expect(String(decoding: Base64.encode(bytes), as: UTF8.self) == text)
    #expect(Base64.decode(Array(text.utf8)) == bytes)
    let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    #expect(Base64.decode(Array(padded.utf8)) == bytes)
  }

  @Test(arguments: [
    "A", "AAAAA", "AA=A", "A=", "AA=", "AAE==", "====", "A A", "AA-_", "é", "AAAA=",
  ])
  func `other text is not base64`(text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }

  @Test func `random bytes come back`() {
    var random = SeededRandom(seed: 3)
    for count in 0..<300 {
      let bytes = random.bytes(count)
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
  }
}
