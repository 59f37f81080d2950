import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct PercentEncodingTests {
  private func decode(
    _ text: String, plusIsSpace: Bool = false, allowsNonASCII: Bool = false
  ) throws -> String {
    try PercentEncoding.decode(
      text.utf8.span, plusIsSpace: plusIsSpace, allowsNonASCII: allowsNonASCII)
  }

  private func decodeLeniently(_ text: String) -> [UInt8] {
    PercentEncoding.decodeLeniently(text.utf8.span)
  }

  @Test(arguments: [
    ("", ""), ("plain text ~", "plain text ~"), ("100%", "100%25"), ("a\nb\tc", "a%0Ab%09c"),
    ("grüße", "gr%C3%BC%C3%9Fe"), ("☺", "%E2%98%BA"), ("\u{7F}", "%7F"), ("\0", "%00"),
  ])
  func `octets outside printable ASCII, and percent, are escaped`(
    text: String, encoded: String
  ) throws {
    #expect(String(decoding: PercentEncoding.encode(text), as: UTF8.self) == encoded)
    #expect(decodeLeniently(encoded) == Array(text.utf8))
    #expect(try decode(encoded) == text)
  }

  @Test(arguments: [
    ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%2", "a%2"), ("%41%", "A%"), ("%c3%bc", "ü"),
    ("%%41", "%A"), ("grüße", "grüße"), ("%+f", "%+f"),
  ])
  func `lenient decoding never fails`(encoded: String, text: String) {
    #expect(decodeLeniently(encoded) == Array(text.utf8))
  }

  @Test func `lenient decoding gives any octets`() {
    #expect(decodeLeniently("%FF%00") == [0xFF, 0])
  }

  @Test func `all octets come back`() throws {
    for first in 0..<0x80 as Range<UInt8> {
      for text in ["\(Character(Unicode.Scalar(first)))%", "%\(Character(Unicode.Scalar(first)))ü"]
      {
        let encoded = String(decoding: PercentEncoding.encode(text), as: UTF8.self)
        #expect(decodeLeniently(encoded) == Array(text.utf8))
        #expect(try decode(encoded) == text)
      }
    }
  }

  @Test(arguments: [
    ("", ""), ("a%2Fb", "a/b"), ("%c3%BC", "ü"), ("a+b", "a+b"), ("%2B", "+"), ("%00", "\0"),
    ("%2525", "%25"),
  ])
  func `strict decoding decodes once`(encoded: String, text: String) throws {
    #expect(try decode(encoded) == text)
  }

  @Test(
    arguments: [
      ("%", .badEscape), ("%4", .badEscape), ("%zz", .badEscape), ("%+f", .badEscape),
      ("a%2", .badEscape), ("ü", .notASCII), ("ü%", .notASCII), ("%ü", .badEscape),
      ("%FF", .notUTF8), ("%C3", .notUTF8),
    ] as [(String, PercentEncoding.Fault)])
  func `strict decoding names the fault`(encoded: String, fault: PercentEncoding.Fault) {
    #expect(throws: fault) { try decode(encoded) }
  }

  @Test func `a plus is a space where that is asked for`() throws {
    #expect(try decode("a+b%2B", plusIsSpace: true) == "a b+")
  }

  @Test func `other characters than ASCII pass where that is asked for`() throws {
    #expect(try decode("ü%20ß", allowsNonASCII: true) == "ü ß")
    #expect(throws: PercentEncoding.Fault.notUTF8) {
      try decode("ü%FF", allowsNonASCII: true)
    }
  }
}
