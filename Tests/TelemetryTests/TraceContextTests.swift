import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(2))) struct TraceContextTests {
  private static let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  @Test func `a traceparent is read and written`() throws {
    let context = try #require(TraceContext(traceparent: Self.text.utf8))
    #expect(context.traceID == "0af7651916cd43dd8448eb211c80319c" && context.isSampled)
    #expect(context.spanID == 0xb7ad_6b71_6920_3331 && context.traceparent == Self.text)
  }

  @Test func `the bytes of gRPC's own header have the same`() throws {
    let context = try #require(TraceContext(traceparent: Self.text.utf8))
    let bytes = context.binary
    #expect(bytes.count == 29 && bytes[0...2] == [0, 0, 0x0a] && bytes[18] == 1)
    #expect(TraceContext(binary: bytes) == context)
    #expect(TraceContext(binary: Array(bytes.dropLast())) == nil)
    #expect(TraceContext(binary: [1] + bytes.dropFirst()) == nil)
  }

  @Test(arguments: [
    "", "00", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
    "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
    "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  ])
  func `what is no traceparent is none`(text: String) {
    #expect(TraceContext(traceparent: text.utf8) == nil)
  }

  @Test func `of a later version the beginning is read`() {
    let later = "01" + Self.text.dropFirst(2) + "-more"
    #expect(TraceContext(traceparent: later.utf8)?.traceparent == Self.text)
  }
}
