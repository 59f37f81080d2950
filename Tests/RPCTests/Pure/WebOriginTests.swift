import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct WebOriginTests {
  @Test(
    arguments: [
      ("https://a.example", "https://a.example"), ("HTTPS://A.Example", "https://a.example"),
      ("https://a.example:443", "https://a.example"), ("http://a.example:80", "http://a.example"),
      ("http://a.example:443", "http://a.example:443"),
      ("http://a.example:0080", "http://a.example"),
      ("http://localhost:3000", "http://localhost:3000"),
      ("http://[::1]:3000", "http://[::1]:3000"),
      ("https://[FE80::1]", "https://[fe80::1]"),
      ("http://10.0.0.1:65535", "http://10.0.0.1:65535"),
      ("chrome-extension://abc", "chrome-extension://abc"), ("https://a_b.xn--e-0fa", nil),
      ("capacitor+x.1://localhost", nil),
    ] as [(String, String?)])
  func `an origin is scheme, host and port`(text: String, normal: String?) {
    #expect(WebOrigin(text)?.description == normal ?? text)
    #expect(OriginPattern(text) == WebOrigin(text).map { .only($0) })
  }

  @Test(arguments: [
    "", "null", "a.example", "//a.example", "://a.example", "https:/a.example", "https://",
    "https://a.example/", "https://a.example/x", "https://a.example?", "https://a.example:",
    "https://a.example:x", "https://a.example:65536", "https://a.example:-1",
    "https://a.example:+443", "https://u@a.example", "https://a b", "https://a.example, https://b",
    "https://a,b", "1https://a.example", "https://ä.example", "https://[::1", "https://::1",
    "https://[g]", "https://[]", "https://a.example\r\nx: y", " https://a.example", "*.example",
    "https://*.example", "**",
  ])
  func `what is no origin is none`(text: String) {
    #expect(WebOrigin(text) == nil)
    #expect(OriginPattern(text) == nil)
  }

  @Test func `an asterisk is every page`() { #expect(OriginPattern("*") == .any) }
}

@Suite(.timeLimit(.minutes(2))) struct HostPatternTests {
  private func matches(_ pattern: String, _ host: String) throws -> Bool {
    try #require(HostPattern(pattern)).matches(#require(Authority(host)))
  }

  @Test(
    arguments: [
      ("a.example", "a.example", true), ("A.example", "a.EXAMPLE:50051", true),
      ("a.example", "a.example.", true), ("a.example.", "a.example", true),
      ("a.example", "b.a.example", false), ("a.example", "xa.example", false),
      ("*.example", "a.example", true), ("*.example", "a.b.example:1", true),
      ("*.example", "example", false), ("*.example", ".example", false),
      ("*.example", "aexample", false), ("*.example", "a.example.evil", false),
      ("*", "anything:1", true), ("10.0.0.1", "10.0.0.1:80", true),
      ("[fe80::1]", "[FE80::1]", true),
      ("10.0.0.1", "10.0.0.11", false),
    ] as [(String, String, Bool)])
  func `a pattern is a host, or all below a domain`(pattern: String, host: String, does: Bool)
    throws
  {
    #expect(try matches(pattern, host) == does)
  }

  @Test(arguments: [
    "", " ", "a:1", "a:", "a b", "a/b", "http://a", "*.", "*.*", "a.*", "**", "*a", ".a", "*..a",
    "*.10.0.0.1", "*.[::1]", "[::1", "a,b", "ä",
  ])
  func `what is no pattern is none`(text: String) { #expect(HostPattern(text) == nil) }

  @Test(
    arguments: [
      ("localhost", true), ("LOCALHOST:50051", true), ("localhost.", true), ("a.localhost", true),
      ("localhost:", true), ("127.0.0.1", true), ("127.255.0.3:1", true), ("[::1]", true),
      ("[::1]:50051", true), ("[0:0:0:0:0:0:0:1]", true), ("[0000::0001]:1", true),
      ("localhost.evil.example", false), ("notlocalhost", false), ("127.0.0.1.evil.example", false),
      ("127.0.0.256", false), ("127.0.0", false), ("127.1", false), ("2130706433", false),
      ("0.0.0.0", false), ("128.0.0.1", false), ("[::]", false), ("[::2]", false),
      ("[1::1]", false),
      ("[1]", false), ("[::1:1]", false), ("[::10]", false), ("[::ffff:127.0.0.1]", false),
    ] as [(String, Bool)])
  func `loopback names are told from names that look like them`(host: String, isLoopback: Bool)
    throws
  {
    #expect(try #require(Authority(host)).isLoopback == isLoopback)
  }

  @Test(arguments: [
    "", ":1", "localhost@evil.example", "localhost:1@evil.example", "localhost/", "localhost#",
    "localhost evil.example", "localhost,evil.example", "::1", "unix:///run/trackd.sock",
    "/run/trackd.sock", "localhost:1:2", "localhost:65536", "localhost%2e", "[localhost]",
  ])
  func `what is no host and port is neither`(text: String) { #expect(Authority(text) == nil) }
}
