import TestBasics
import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct MessageDeframerTests {
  /// Appends bytes; returns the error.
  private func append(
    _ bytes: [UInt8], to deframer: inout MessageDeframer
  ) -> FramingError? {
    var error: FramingError?
    bytes.withSpan(0..<bytes.count) { span in
      do throws(FramingError) {
        try deframer.append(span)
      } catch let thrown {
        error = thrown
      }
    }
    return error
  }

  private func take(_ deframer: inout MessageDeframer) throws -> (bytes: [UInt8], credit: Int) {
    var bytes: [UInt8] = []
    let credit = try deframer.takeMessage { message, _ in bytes.append(message) }
    return (bytes, credit)
  }

  @Test(arguments: 1...12)
  func `messages come whole whatever the chunks`(chunk: Int) throws {
    let messages: [[UInt8]] = [[1, 2, 3], [], [4], Array(repeating: 5, count: 20), []]
    let wire = messages.flatMap { frame($0) }
    var deframer = MessageDeframer(limit: 100)
    var found: [[UInt8]] = []
    for start in stride(from: 0, to: wire.count, by: chunk) {
      let error = append(Array(wire[start..<min(start + chunk, wire.count)]), to: &deframer)
      #expect(error == nil)
      while deframer.completeMessages > 0 { found.append(try take(&deframer).bytes) }
    }
    #expect(found == messages)
    #expect(deframer.isEmpty && !deframer.hasPartialMessage)
  }

  @Test func `the limit is checked from the prefix, before the message is there`() {
    var deframer = MessageDeframer(limit: 10)
    #expect(append(prefix(length: 10), to: &deframer) == nil)
    var other = MessageDeframer(limit: 10)
    #expect(append([0, 0, 0, 0], to: &other) == nil)
    #expect(append([11], to: &other) == .messageTooLarge(length: 11, limit: 10))
    #expect(other.isEmpty)
    var huge = MessageDeframer(limit: 10)
    #expect(
      append([0, 255, 255, 255, 255], to: &huge)
        == .messageTooLarge(length: 4_294_967_295, limit: 10))
  }

  @Test func `flags are 0; 1 needs an encoding`() {
    var deframer = MessageDeframer(limit: 10)
    #expect(append(frame([1], flags: 1), to: &deframer) == .compressedWithoutEncoding)
    for flags in 2...255 {
      var deframer = MessageDeframer(limit: 10)
      #expect(append(frame([1], flags: UInt8(flags)), to: &deframer) == .badFlags(UInt8(flags)))
    }
  }

  @Test func `a bad second message is found behind a good one`() {
    var deframer = MessageDeframer(limit: 10)
    #expect(append(frame([1]) + frame([2], flags: 7), to: &deframer) == .badFlags(7))
  }

  @Test func `bytes are credited once, in order`() throws {
    var deframer = MessageDeframer(limit: 100)
    _ = append(frame([1, 2, 3]) + frame([4]) + [0, 0], to: &deframer)
    #expect(try take(&deframer).credit == 8)
    #expect(deframer.creditAll() == 8)
    #expect(deframer.creditAll() == 0)
    // The rest of the third message's prefix; two of its bytes were credited earlier.
    #expect(try take(&deframer).credit == 0)
    _ = append([0, 0, 1, 9], to: &deframer)
    let (bytes, credit) = try take(&deframer)
    #expect(bytes == [9] && credit == 4)
    #expect(deframer.drop() == 0)
  }

  @Test func `a message that cannot be decoded is gone all the same`() throws {
    struct Refusal: Error {}
    var deframer = MessageDeframer(limit: 100)
    _ = append(frame([1]) + frame([2]), to: &deframer)
    #expect(throws: Refusal.self) { _ = try deframer.takeMessage { _, _ in throw Refusal() } }
    #expect(try take(&deframer).bytes == [2])
  }

  @Test func `the fast path takes exactly one frame`() throws {
    func only(_ bytes: [UInt8], mayBeEncoded: Bool = false) throws -> MessageFrame.Prefix? {
      try bytes.withSpan(0..<bytes.count) {
        try MessageFrame.only(in: $0, limit: 10, mayBeEncoded: mayBeEncoded)
      }
    }
    #expect(try only(frame([1, 2])) == MessageFrame.Prefix(length: 2, isEncoded: false))
    #expect(try only(frame([UInt8]()))?.length == 0)
    #expect(try only(frame([1], flags: 1), mayBeEncoded: true)?.isEncoded == true)
    #expect(throws: FramingError.compressedWithoutEncoding) { try only(frame([1], flags: 1)) }
    #expect(try only([]) == nil)
    #expect(try only([0, 0, 0]) == nil)
    #expect(try only(frame([1, 2]) + [0]) == nil)
    #expect(try only(Array(frame([1, 2]).dropLast())) == nil)
    #expect(throws: FramingError.self) { try only(prefix(length: 11)) }
    #expect(throws: FramingError.self) { try only(prefix(length: 0, flags: 3)) }
  }

  @Test(arguments: 0..<50)
  func `random bytes in random chunks give messages or one error`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var deframer = MessageDeframer(limit: 64)
    var received = 0
    var credited = 0
    for _ in 0..<200 {
      // Mostly sound frames, so that the deframer gets past the first one.
      let bytes =
        Bool.random(using: &random)
        ? frame(random.bytes(Int.random(in: 0...64, using: &random)))
        : random.bytes(Int.random(in: 0..<4, using: &random)).map { $0 & 1 }
      received += bytes.count
      if append(bytes, to: &deframer) != nil {
        #expect(deframer.isEmpty && deframer.completeMessages == 0)
        credited = received
        continue
      }
      if Bool.random(using: &random) { credited += deframer.creditAll() }
      while deframer.completeMessages > 0, Bool.random(using: &random) {
        credited += try take(&deframer).credit
      }
      #expect(credited <= received)
    }
    #expect(credited + deframer.drop() == received)
  }

  /// Appends bytes of a message without a frame; returns the error.
  private func append(
    bare bytes: [UInt8], to deframer: inout MessageDeframer
  ) -> FramingError? {
    var error: FramingError?
    bytes.withSpan(0..<bytes.count) { span in
      do throws(FramingError) {
        try deframer.append(bare: span)
      } catch let thrown {
        error = thrown
      }
    }
    return error
  }

  @Test func `a message without a frame is all that came`() throws {
    var deframer = MessageDeframer(limit: 10, mayBeEncoded: true)
    #expect(append(bare: [1, 2], to: &deframer) == nil)
    #expect(deframer.completeMessages == 0 && deframer.creditAll() == 2)
    #expect(append(bare: [3], to: &deframer) == nil)
    deframer.endBare(isEncoded: true)
    #expect(deframer.completeMessages == 1 && !deframer.hasPartialMessage)
    var message: [UInt8] = []
    let credit = try deframer.takeMessage { bytes, isEncoded in
      message.append(bytes)
      #expect(isEncoded)
    }
    #expect(message == [1, 2, 3] && credit == 1 && deframer.isEmpty)
  }

  @Test func `nothing is a message without a frame, and never encoded`() throws {
    var deframer = MessageDeframer(limit: 10, mayBeEncoded: true)
    deframer.endBare(isEncoded: true)
    _ = try deframer.takeMessage { #expect($0.byteCount == 0 && !$1) }
    #expect(deframer.isEmpty)
  }

  @Test func `a message without a frame is too large as soon as its bytes are`() {
    var deframer = MessageDeframer(limit: 3)
    #expect(append(bare: [1, 2, 3], to: &deframer) == nil)
    #expect(append(bare: [4], to: &deframer) == .messageTooLarge(length: 4, limit: 3))
    #expect(deframer.isEmpty)
  }
}
