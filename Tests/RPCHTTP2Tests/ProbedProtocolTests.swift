import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct ProbedProtocolTests {
  private static let texts: [(String, ProbedProtocol)] = [
    ("HTTP/1.1 400 Bad Request", .http1), ("HTTP/", .http1), ("HTT", .other),
    ("220 smtp.example ESMTP", .other), ("\u{15}\u{3}\u{3}", .tls), ("\u{16}\u{3}\u{1}", .tls),
    ("\u{15}\u{2}\u{3}", .other), ("\u{15}\u{3}", .other),
  ]

  @Test(arguments: texts)
  func `a server is known by its first bytes`(text: String, spoken: ProbedProtocol) {
    #expect(ProbedProtocol(Array(text.utf8)[...]) == spoken)
  }

  @Test func `HTTP 2 begins with SETTINGS of the connection`() {
    func spoken(_ bytes: [UInt8]) -> ProbedProtocol { ProbedProtocol(bytes[...]) }
    #expect(spoken([0, 0, 0, 4, 0, 0, 0, 0, 0]) == .http2)
    #expect(spoken([0, 0, 18, 4, 0, 0, 0, 0, 0, 1, 2]) == .http2)
    #expect(spoken([0, 0, 0, 4, 0, 0, 0, 0, 1]) == .other)
    #expect(spoken([0, 0, 0, 1, 0, 0, 0, 0, 0]) == .other)
    #expect(spoken([0, 0, 0, 4]) == .other)
  }
}
