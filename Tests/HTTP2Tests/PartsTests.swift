import Testing
import Wire

@testable import HTTP2

@Suite(.timeLimit(.minutes(2))) struct TokenBucketTests {
  @Test func `a bucket allows its burst, then what time gives`() {
    let bucket = Held(TokenBucket(burst: 3, perSecond: 10, now: 0))
    for _ in 0..<3 { #expect(bucket.take(1, at: 0)) }
    #expect(!bucket.take(1, at: 0))
    #expect(!bucket.take(1, at: 99_999_999))
    #expect(bucket.take(1, at: 100_000_000))
    #expect(!bucket.take(1, at: 199_999_999))
    #expect(bucket.take(1, at: 200_000_000))
  }

  @Test func `small steps of the clock add up`() {
    let bucket = Held(TokenBucket(burst: 1, perSecond: 1, now: 0))
    #expect(bucket.take(1, at: 0))
    for step in 1..<10 { #expect(!bucket.take(1, at: UInt64(step) * 100_000_000)) }
    #expect(bucket.take(1, at: 1_000_000_000))
  }

  @Test func `a bucket never holds more than its burst`() {
    let bucket = Held(TokenBucket(burst: 5, perSecond: 100, now: 0))
    bucket.value.credit(1000)
    #expect(bucket.value.tokens == 5)
    #expect(bucket.take(2, at: 0))
    bucket.value.credit(-5)
    #expect(bucket.value.tokens == 3)
    bucket.value.credit(1000)
    #expect(bucket.value.tokens == 5)
    #expect(!bucket.take(6, at: .max))
    #expect(bucket.value.tokens == 5)
  }

  @Test func `a clock that goes backwards gives nothing`() {
    let bucket = Held(TokenBucket(burst: 1, perSecond: 1, now: 1000))
    #expect(bucket.take(1, at: 0))
    #expect(!bucket.take(1, at: 0))
  }

  @Test func `the clock is read only when tokens are short`() {
    var reads = 0
    var bucket = TokenBucket(burst: 2, perSecond: 1, now: 0)
    _ = bucket.take(2) {
      reads += 1
      return 0
    }
    #expect(reads == 0)
  }

  @Test(arguments: [Int.min, -1, 0])
  func `a burst of nothing allows nothing`(burst: Int) {
    let bucket = Held(TokenBucket(burst: burst, perSecond: burst, now: 0))
    #expect(!bucket.take(1, at: .max))
  }
}

/// Holds a value by reference, because expectations cannot mutate one.
private final class Held<Value> {
  var value: Value

  init(_ value: Value) { self.value = value }
}

extension Held<TokenBucket> {
  func take(_ cost: Int, at now: UInt64) -> Bool { value.take(cost, now: { now }) }
}

extension Held<GlitchBudget> {
  func charge(_ cost: GlitchBudget.Cost, at now: UInt64) -> Bool {
    value.charge(cost, now: { now })
  }
}

@Suite(.timeLimit(.minutes(2))) struct GlitchBudgetTests {
  @Test func `useful bytes pay for glitches`() {
    let budget = Held(GlitchBudget(.init(burst: 10, perSecond: 0), now: 0))
    for _ in 0..<10 { #expect(budget.charge(.frame, at: 0)) }
    #expect(!budget.charge(.frame, at: 0))
    budget.value.received(bytes: 1023)
    #expect(!budget.charge(.frame, at: 0))
    budget.value.received(bytes: 1)
    #expect(budget.charge(.frame, at: 0))
    budget.value.sent(bytes: 0)
    #expect(budget.charge(.frame, at: 0))
    #expect(budget.charge(.frame, at: 0))
    #expect(!budget.charge(.frame, at: 0))
  }

  @Test func `SETTINGS cost ten`() {
    let budget = Held(GlitchBudget(.init(burst: 19, perSecond: 0), now: 0))
    #expect(budget.charge(.settings, at: 0))
    #expect(!budget.charge(.settings, at: 0))
  }

  @Test func `budgets without bounds are bounded`() {
    let budget = Held(GlitchBudget(.init(burst: .max, perSecond: .max), now: 0))
    #expect(budget.charge(.frame, at: .max))
    budget.value.received(bytes: 1 << 40)
  }
}

@Suite(.timeLimit(.minutes(2))) struct SendQueueTests {
  @Test(arguments: [1, 3, 7, 64, 1000])
  func `chunks leave in order, in pieces of any size`(piece: Int) {
    var queue = SendQueue()
    var expected: [UInt8] = []
    var output = HTTP2Output()
    for number in 0..<150 {
      let chunk = (0..<(number % 11)).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
      expected += chunk
      queue.append(chunk)
      if number % 3 == 0 { queue.move(min(piece, queue.count), to: &output) }
    }
    while !queue.isEmpty { queue.move(min(piece, queue.count), to: &output) }
    #expect(output.onlyPiece == expected)
    queue.append([1])
    queue.removeAll()
    #expect(queue.isEmpty && queue.count == 0)
  }
}

@Suite(.timeLimit(.minutes(2))) struct HTTP2OutputTests {
  private static let large = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 / 7) }

  /// Small and large parts by turns.
  private static func mixed() -> (output: HTTP2Output, expected: [UInt8]) {
    var queue = SendQueue()
    var output = HTTP2Output()
    let expected = [1, 2] + large + [3] + large + large + [4, 5, 6]
    for chunk in [[1, 2], large, [3], large, large, [4, 5, 6]] { queue.append(chunk) }
    while !queue.isEmpty { queue.move(min(9000, queue.count), to: &output) }
    return (output, expected)
  }

  @Test(arguments: [0, 1, 2, 3, 9000, 20_001, 20_002, 20_003, 60_005, 60_006])
  func `what is left after so many bytes is whole`(taken: Int) {
    let (output, expected) = Self.mixed()
    #expect(output.onlyPiece == nil && output.count == expected.count)
    for copies in [false, true] {
      let rest = output.pieces(from: taken, copiesBuffer: copies)
      #expect(rest.flatMap { $0 } == Array(expected[taken...]))
      #expect(rest.allSatisfy { !$0.isEmpty })
    }
  }

  private static func place(_ bytes: ArraySlice<UInt8>) -> UInt {
    unsafe bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }

  @Test func `large parts are not copied, and outlive the buffer`() {
    var (output, expected) = Self.mixed()
    let rest = output.pieces(copiesBuffer: true)
    let place = Self.place(Self.large[...])
    let own = rest.count { (place..<place + 20_000).contains(Self.place($0)) }
    // Three times two parts of 9,000 bytes and what is left.
    #expect(own >= 6)
    output.removeAll()
    #expect(output.isEmpty && output.onlyPiece == [])
    #expect(rest.flatMap { $0 } == expected)
  }
}

@Suite(.timeLimit(.minutes(2))) struct HeaderCollectorTests {
  private func append(
    _ collector: inout HeaderCollector, _ name: String, _ value: String
  ) -> HeaderCollector.Outcome {
    collector.append(Array(name.utf8).span, Array(value.utf8).span)
  }

  @Test func `fields are packed in order`() {
    var collector = HeaderCollector(maxBytes: 1000, maxFields: 10)
    collector.begin()
    #expect(append(&collector, "a", "bc") == .keep)
    #expect(append(&collector, "d", "") == .keep)
    let block = collector.finish(isTrailers: false)
    #expect(block == ["a": "bc", "d": ""])
    #expect(block.count == 2)
  }

  @Test func `a block is never taken for the one before it`() {
    var collector = HeaderCollector(maxBytes: 10_000, maxFields: 10)
    let blocks: [HeaderFields] = [
      ["a": "1"], ["a": "1"], ["a": "2"], ["a": "12"], ["a1": "2"], [:], ["a": "1"],
      ["a": String(repeating: "x", count: 2000)], ["a": String(repeating: "x", count: 2000)],
    ]
    for block in blocks + blocks {
      for isTrailers in [false, true] {
        collector.begin()
        for field in block {
          _ = collector.append(
            Array(block.bytes[field.name]).span, Array(block.bytes[field.value]).span)
        }
        let finished = collector.finish(isTrailers: isTrailers)
        #expect(finished == block && finished.count == block.count)
      }
    }
    collector.release()
    collector.begin()
    let none = collector.finish(isTrailers: false)
    #expect(none == HeaderFields())
  }

  @Test func `over the limit nothing is kept`() {
    var collector = HeaderCollector(maxBytes: 70, maxFields: 10)
    collector.begin()
    #expect(append(&collector, "a", "bc") == .keep)
    #expect(append(&collector, "a", "bcd") == .tooLarge)
    #expect(append(&collector, "a", "b") == .tooLarge)
    let isTooLarge = collector.isTooLarge
    #expect(isTooLarge)
    let dropped = collector.finish(isTrailers: false)
    #expect(dropped == HeaderFields())
    collector.begin()
    #expect(append(&collector, "a", "bc") == .keep)
    let isStillTooLarge = collector.isTooLarge
    #expect(!isStillTooLarge)
    let kept = collector.finish(isTrailers: false)
    #expect(kept.count == 1)
  }

  @Test func `far over the limit decoding is to stop`() {
    var bytes = HeaderCollector(maxBytes: 100, maxFields: 10)
    bytes.begin()
    #expect(append(&bytes, "a", String(repeating: "x", count: 400)) == .bomb)
    var fields = HeaderCollector(maxBytes: 10_000, maxFields: 2)
    fields.begin()
    let outcomes = (0..<9).map { _ in append(&fields, "a", "b") }
    #expect(outcomes == [.keep, .keep] + Array(repeating: .tooLarge, count: 6) + [.bomb])
  }
}

@Suite(.timeLimit(.minutes(2))) struct GoAwayFrameTests {
  @Test func `the frame is RFC 9113's, its text cut at 256 bytes`() {
    let text = String(repeating: "é", count: 300)
    let bytes = GoAwayFrame.bytes(lastStreamID: 5, code: .enhanceYourCalm, debug: text)
    let frame = Frame.parse(bytes)?.first
    #expect(frame?.payload.count == 8 + 256)
    #expect(frame?.type == Frame.goAway && frame?.number(at: 0) == 5 && frame?.code == 11)
    #expect(Frame.parse(GoAwayFrame.emptySettings) == [Frame.settings()])
  }
}

@Suite(.timeLimit(.minutes(2))) struct DescriptionTests {
  @Test func `codes and errors name themselves`() {
    #expect("\(HTTP2ErrorCode.enhanceYourCalm)" == "ENHANCE_YOUR_CALM")
    #expect("\(HTTP2ErrorCode(rawValue: 0xffff_ffff))" == "0xffffffff")
    #expect("\(HTTP2Error.badPreface(.http1))" == "HTTP/1.x where HTTP/2 was expected")
    #expect(
      "\(HTTP2Error.connection(.glitchFlood, .enhanceYourCalm, debug: "x"))"
        == "glitch_flood: ENHANCE_YOUR_CALM: x")
  }
}
