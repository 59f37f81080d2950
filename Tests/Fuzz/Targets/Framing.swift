import RPCCompression

@testable import RPC

extension FuzzTarget {
  /// gRPC's message framing, with compression: messages come out as they went in, whatever the
  /// pieces, and each byte is reported as consumed exactly once.
  static let framing = FuzzTarget(name: "framing", maxLength: 3000) { bytes in
    var input = FuzzInput(bytes)
    let limit = input.pick([0, 5, 300, 1 << 20])
    let mayBeEncoded = input.bool()
    let pieces = (0..<4).map { _ in 1 + Int(input.byte()) }
    let decisions = (0..<4).map { _ in input.byte() }
    let stream = input.bool() ? input.remainder() : Self.frames(&input, encoded: mayBeEncoded)
    let expected = FramingReference(stream, limit: limit, mayBeEncoded: mayBeEncoded)

    var deframer = MessageDeframer(limit: limit, mayBeEncoded: mayBeEncoded)
    var (messages, credited, given, turn): ([FramingReference.Framed], Int, Int, Int) = (
      [], 0, 0, 0
    )
    var error: FramingError?
    func take() {
      do {
        credited += try deframer.takeMessage { span, isEncoded in
          let message = unsafe span.withUnsafeBytes { unsafe Array($0) }
          messages.append(.init(bytes: message, isEncoded: isEncoded))
        }
      } catch { check(false, "a whole message cannot be taken: \(error)") }
    }
    while given < stream.count, error == nil {
      let piece = Array(stream[given..<min(stream.count, given + pieces[turn % 4])])
      given += piece.count
      do throws(FramingError) {
        try unsafe deframer.append(piece.span.bytes)
      } catch let fault {
        error = fault
      }
      let decision = decisions[turn % 4]
      turn += 1
      while decision & 1 == 1, deframer.completeMessages > 0 { take() }
      if decision & 2 == 2 { credited += deframer.creditAll() }
      check(deframer.creditedBytes >= 0, "fewer than no bytes")
    }
    if let error {
      check(error == expected.error, "\(error), and not \(String(describing: expected.error))")
      check(messages == Array(expected.messages.prefix(messages.count)), "messages came as sent")
      return
    }
    check(expected.error == nil, "\(String(describing: expected.error)) was not found")
    while deframer.completeMessages > 0 { take() }
    check(messages == expected.messages, "messages come as they were sent")
    check(deframer.hasPartialMessage == (expected.rest > 0), "a part of a message is one")
    check(deframer.isEmpty == (expected.rest == 0), "what is left is left")
    credited += deframer.drop()
    check(credited == stream.count, "\(credited) bytes of \(stream.count) were consumed")
    for message in messages { Self.recode(message, limit: limit) }
  }

  /// Whole frames, some of them compressed, some broken.
  private static func frames(_ input: inout FuzzInput, encoded: Bool) -> [UInt8] {
    var stream: [UInt8] = []
    while !input.isEmpty, stream.count < 100_000 {
      let message =
        [UInt8](
          repeating: input.byte(), count: input.pick([0, 1, 4, 200, 20_000])) + input.run()
      var frame = MessageFrame.frame(message)
      if encoded, input.bool() {
        frame = MessageFrame.encoded(frame, as: input.bool() ? gzip : deflate)
      }
      if input.choice(20) == 19 { frame[input.choice(frame.count)] ^= input.byte() }
      stream += frame
    }
    return stream
  }

  private static let gzip: any MessageEncoding = ZlibEncoding.gzip()
  private static let deflate: any MessageEncoding = ZlibEncoding.deflate()

  /// A message in its frame, compressed where that helps, is the same message.
  private static func recode(_ message: FramingReference.Framed, limit: Int) {
    for encoding in [gzip, deflate] where message.bytes.count < 30_000 {
      let plain = MessageFrame.frame(message.bytes)
      let frame = MessageFrame.encoded(plain, as: encoding)
      check(frame.count <= plain.count, "a message grows by compression")
      let body = Array(frame.dropFirst(MessageFrame.prefixSize))
      let reference = FramingReference(frame, limit: .max, mayBeEncoded: true)
      check(reference.messages.map(\.bytes) == [body], "a frame holds its message")
      guard MessageFrame.isEncoded(frame) else { continue }
      do {
        let decoded = try unsafe encoding.decode(body.span.bytes, limit: message.bytes.count)
        check(decoded == message.bytes, "a compressed message comes back")
      } catch { check(false, "a compressed message does not come back: \(error)") }
    }
  }
}

/// The framing, read in the plainest way.
private struct FramingReference {
  struct Framed: Equatable {
    var bytes: [UInt8]
    var isEncoded: Bool
  }

  private(set) var messages: [Framed] = []
  private(set) var error: FramingError?
  /// Bytes of a message that has not come whole.
  private(set) var rest = 0

  init(_ stream: [UInt8], limit: Int, mayBeEncoded: Bool) {
    var offset = 0
    while stream.count - offset >= 5 {
      let flags = stream[offset]
      let length = stream[offset + 1..<offset + 5].reduce(0) { $0 << 8 | Int($1) }
      if flags > 1 {
        error = .badFlags(flags)
      } else if flags == 1, !mayBeEncoded {
        error = .compressedWithoutEncoding
      } else if length > limit {
        error = .messageTooLarge(length: length, limit: limit)
      }
      if error != nil { return }
      guard stream.count - offset >= 5 + length else { break }
      messages.append(
        Framed(bytes: Array(stream[offset + 5..<offset + 5 + length]), isEncoded: flags == 1))
      offset += 5 + length
    }
    rest = stream.count - offset
  }
}
