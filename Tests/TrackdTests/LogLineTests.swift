import Testing
import Wire

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct LogLineTests {
  private func line(_ format: LogFormat, _ fields: (inout LogLine) -> Void) -> String {
    var timestamp = LogTime()
    timestamp.set(micros: 0)
    var line = LogLine(
      appendingTo: ByteBuffer(), format: format, timestamp: timestamp, level: .info, message: "call"
    )
    fields(&line)
    return String(decoding: [UInt8](line.finish()), as: UTF8.self)
  }

  @Test func `text is time, level, message and fields`() {
    let text = line(.text) {
      $0.string("method", "/a.B/C")
      $0.integer("bytes", -42)
      $0.plain("code", "OK")
    }
    #expect(text == "1970-01-01T00:00:00.000000Z info call method=/a.B/C bytes=-42 code=OK\n")
  }

  @Test func `JSON is one object`() {
    let text = line(.json) {
      $0.string("method", "/a.B/C")
      $0.integer("bytes", 0)
      $0.plain("code", "OK")
    }
    #expect(
      text == """
        {"time":"1970-01-01T00:00:00.000000Z","level":"info","message":"call",\
        "method":"/a.B/C","bytes":0,"code":"OK"}

        """)
  }

  @Test(
    "a value from a peer cannot forge a line or a field",
    arguments: [
      ("", #""""#),
      ("a b", #""a b""#),
      ("a=b", #""a=b""#),
      ("a\nb\u{1B}[0m", #""a\u000ab\u001b[0m""#),
      (#"say "hi" \"#, #""say \"hi\" \\""#),
      ("a\u{7F}b", #""a\u007fb""#),
      ("a\u{1F}b\u{80}\u{A0}", "\"a\\u001fb\\u0080\u{A0}\""),
      ("grüße", "grüße"),
      ("a\u{9B}0m§", #""a\u009b0m§""#),
    ])
  func escapes(value: String, expected: String) {
    let text = line(.text) { $0.string("v", value) }
    #expect(text == "1970-01-01T00:00:00.000000Z info call v=\(expected)\n")
  }

  @Test(
    "a value from a peer is cut where it would make a line of any length",
    arguments: [
      (String(repeating: "a", count: 512), String(repeating: "a", count: 512)),
      (String(repeating: "a", count: 513), String(repeating: "a", count: 512) + "..."),
      (String(repeating: "€", count: 2000), String(repeating: "€", count: 170) + "..."),
    ])
  func cuts(value: String, expected: String) {
    #expect(line(.text) { $0.string("v", value) }.hasSuffix(" v=\(expected)\n"))
  }

  @Test func `the least integer is printed whole`() {
    #expect(line(.text) { $0.integer("v", .min) }.hasSuffix("v=-9223372036854775808\n"))
  }
}
