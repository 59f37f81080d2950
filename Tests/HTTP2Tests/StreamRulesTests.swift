import Testing

@testable import HTTP2

@Suite(.timeLimit(.minutes(2))) struct StreamRulesTests {
  private func header(_ type: UInt8, _ stream: UInt32, end: Bool = false) -> FrameScanner.Header {
    FrameScanner.Header(length: 0, type: type, flags: end ? 1 : 0, streamID: stream)
  }

  private func headers(_ stream: UInt32, end: Bool = false) -> FrameScanner.Header {
    header(FrameType.headers, stream, end: end)
  }

  private func data(_ stream: UInt32, end: Bool = false) -> FrameScanner.Header {
    header(FrameType.data, stream, end: end)
  }

  private func reset(_ stream: UInt32) -> FrameScanner.Header { header(FrameType.reset, stream) }

  /// The fault of the last frame; those before it have none.
  private func fault(_ frames: FrameScanner.Header...) -> StreamFault? {
    var rules = StreamRules()
    for frame in frames.dropLast() {
      let fault = rules.check(frame)
      #expect(fault == nil, "\(frame)")
    }
    return frames.last.flatMap { rules.check($0) }
  }

  @Test func `a stream takes DATA and trailers until its client ends it`() {
    #expect(fault(headers(1), data(1), data(1), headers(1, end: true)) == nil)
    #expect(fault(headers(1), data(1, end: true), data(1)) == .closed)
    #expect(fault(headers(1, end: true), data(1)) == .closed)
    #expect(fault(headers(1, end: true), headers(1)) == .closed)
    #expect(fault(headers(1), reset(1), data(1)) == .closed)
    #expect(fault(headers(1), reset(1), headers(1)) == .closed)
    #expect(fault(headers(1, end: true), reset(1), reset(1)) == nil)
  }

  @Test func `streams are told apart`() {
    #expect(fault(headers(1), headers(3, end: true), data(1)) == nil)
    #expect(fault(headers(1), headers(3, end: true), headers(5), data(3)) == .closed)
    #expect(fault(headers(1), headers(3), reset(1), data(3), headers(5), data(1)) == .closed)
  }

  @Test func `identifiers do not go down`() {
    #expect(fault(headers(5), headers(3)) == .fallingIdentifier)
    #expect(fault(headers(5), headers(1)) == .fallingIdentifier)
    #expect(fault(headers(5), data(3)) == .closed)
    #expect(
      fault(headers(5), headers(7), headers(0x7fff_ffff), headers(0x7fff_fffd))
        == .fallingIdentifier)
  }

  @Test func `what nghttp2 finds is left to it`() {
    #expect(fault(data(1)) == nil)
    #expect(fault(reset(1)) == nil)
    #expect(fault(headers(5), data(7)) == nil)
    #expect(fault(headers(0)) == nil && fault(headers(2)) == nil)
    #expect(fault(headers(5), headers(4)) == nil && fault(headers(5), data(4)) == nil)
    #expect(fault(headers(1), reset(0), data(1)) == nil)
    // A reset of an idle stream is nghttp2's to find, and no end of the one that follows.
    #expect(fault(headers(1), reset(3), headers(3), data(3)) == nil)
  }

  @Test func `PRIORITY has a stream, which may be in any state`() {
    let priority = FrameType.priority
    #expect(fault(header(priority, 0)) == .priorityOnConnection)
    #expect(fault(headers(3, end: true), header(priority, 3)) == nil)
    #expect(fault(header(priority, 9)) == nil)
  }

  @Test(arguments: [1, 2, 62, 63, 64, 65, 66, 1000] as [UInt32])
  func `a stream that its client has ended stays ended, however many come after it`(
    _ later: UInt32
  ) {
    var rules = StreamRules()
    #expect(rules.check(headers(1)) == nil)
    #expect(rules.check(data(1, end: true)) == nil)
    for number in 1...later { #expect(rules.check(headers(2 * number + 1, end: true)) == nil) }
    #expect(rules.check(data(1)) == .closed)
    #expect(rules.check(headers(1)) == .closed)
  }

  @Test(arguments: [1, 2, 62, 63, 64, 65, 66, 1000] as [UInt32], [true, false])
  func `a stream that is not ended takes frames, however many come after it`(
    _ later: UInt32, _ areOneByOne: Bool
  ) {
    var rules = StreamRules()
    #expect(rules.check(headers(1)) == nil)
    for number in areOneByOne ? 1...later : later...later {
      #expect(rules.check(headers(2 * number + 1, end: true)) == nil)
    }
    #expect(rules.check(data(1)) == nil)
    #expect(rules.check(headers(1, end: true)) == nil)
    // Which of the old ones it was is not known any more.
    #expect(rules.check(data(1)) == (later < StreamRules.width ? .closed : nil))
  }

  @Test func `identifiers far below are known while nothing unended was forgotten`() {
    #expect(fault(headers(1, end: true), headers(2001), headers(901)) == .closed)
    #expect(fault(headers(2001), headers(1)) == .closed)
    #expect(fault(headers(1), headers(2001), headers(901)) == nil)
    #expect(fault(headers(1), headers(2001), headers(1999)) == .fallingIdentifier)
  }

  @Test func `they cost little`() {
    #expect(MemoryLayout<StreamRules>.size <= 32)
  }
}
