import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct Base64DecoderTests {
  /// The bytes of a text that comes in these pieces; nil when it is not base64.
  private static func decode(_ pieces: [ArraySlice<UInt8>]) -> [UInt8]? {
    var decoder = Base64Decoder()
    var bytes: [UInt8] = []
    do {
      for piece in pieces { try decoder.decode(piece.span, into: &bytes) }
      try decoder.finish(into: &bytes)
    } catch {
      return nil
    }
    return bytes
  }

  private static func decode(_ text: String) -> [UInt8]? { decode([Array(text.utf8)[...]]) }

  @Test func `a text is the same however it is split`() {
    let bytes = (0..<256).map { UInt8($0) } + [7]
    let text = Base64.json.encode(bytes)
    for first in 0...text.count {
      let second = min(first + 3, text.count)
      #expect(Self.decode([text[..<first], text[first..<second], text[second...]]) == bytes)
    }
  }

  @Test func `padding may end any group of four`() {
    #expect(Self.decode("YQ==YmM=ZGVmZw==") == Array("abcdefg".utf8))
  }

  @Test func `padding in the middle may be split from its group`() {
    let text = Array("YQ==YmM=ZGVm".utf8)
    for split in 0...text.count {
      #expect(Self.decode([text[..<split], text[split...]]) == Array("abcdef".utf8))
    }
  }

  @Test func `the last group may lack its padding`() {
    #expect(Self.decode("YWJjZA") == Array("abcd".utf8))
    #expect(Self.decode("") == [])
  }

  @Test(arguments: [
    "Y", "YWJjZ", "Y===", "=", "YQ=", "YQ=a", "YQ===", "YWJj\nZA==", "YW-_", "YWJj ",
  ])
  func `anything else is refused`(text: String) {
    #expect(Self.decode(text) == nil)
  }
}
