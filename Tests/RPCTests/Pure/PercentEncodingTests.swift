import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct PercentEncodingTests {
  @Test(arguments: [
    ("", ""), ("plain text ~", "plain text ~"), ("100%", "100%25"), ("a\nb\tc", "a%0Ab%09c"),
    ("grüße", "gr%C3%BC%C3%9Fe"), ("☺", "%E2%98%BA"), ("\u{7F}", "%7F"), ("\0", "%00"),
  ])
  func `octets outside printable ASCII, and percent, are escaped`(text: String, encoded: String) {
    #expect(String(decoding: PercentEncoding.encode(text), as: UTF8.self) == encoded)
    #expect(PercentEncoding.decode(Array(encoded.utf8)) == text)
  }

  @Test(arguments: [
    ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%2", "a%2"), ("%41%", "A%"), ("%c3%bc", "ü"),
    ("%%41", "%A"), ("grüße", "grüße"), ("%FF", "\u{FFFD}"),
  ])
  func `decoding never fails`(encoded: String, text: String) {
    #expect(PercentEncoding.decode(Array(encoded.utf8)) == text)
  }

  @Test func `random text comes back`() {
    var random = SeededRandom(seed: 2)
    for _ in 0..<2000 {
      let text = String(
        decoding: random.bytes(Int.random(in: 0..<40, using: &random)), as: UTF8.self)
      #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
    }
  }
}
