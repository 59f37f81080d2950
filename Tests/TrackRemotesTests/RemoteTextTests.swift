import RPC
import Testing
import TrackDomain

@testable import TrackRemotes

@Suite(.timeLimit(.minutes(2))) struct RemoteTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("", ""), ("  a b ", "a b"), ("line\nline\r\n\tend", "line line   end"),
    ("\u{1b}[31mred\u{07}\u{0}", "[31mred"), ("over\u{202e}ride\u{200b}", "over ride"),
    ("\u{85}\u{9b}1m\u{2028}", "1m"), ("größer ✓", "größer ✓"),
  ])
  func `texts become one line that deceives nobody`(text: String, expected: String) {
    #expect(RemoteText.readable(text) == expected)
  }

  @Test func `long texts are cut, however they are made`() {
    let long = RemoteText.readable(String(repeating: "x", count: 100_000))
    #expect(long.count == 301)
    // One character with a million scalars.
    let zalgo = RemoteText.readable("e" + String(repeating: "\u{301}", count: 1_000_000))
    #expect(zalgo.unicodeScalars.count == 301)
  }

  @Test(arguments: [
    ("r-1", true), ("", false), ("a\nb", false), ("a\u{0}", false),
    (String(repeating: "x", count: 255), true), (String(repeating: "x", count: 256), false),
  ])
  func `names are kept as they are, or refused`(text: String, isName: Bool) {
    #expect(RemoteText.isName(text) == isName)
  }

  @Test(arguments: [
    (Int32(9), IntegrationError.Kind.refused), (14, .unavailable), (0, .unavailable),
    (99, .unavailable), (-1, .unavailable), (7, .accessDenied), (5, .notFound), (3, .invalid),
  ])
  func `the status of an item is an error, whatever it says`(
    code: Int32, kind: IntegrationError.Kind
  ) {
    var status = Status()
    status.code = code
    status.message = "because"
    #expect(IntegrationError(item: status, of: "the service").kind == kind)
  }
}
