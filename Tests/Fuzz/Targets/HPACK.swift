import Wire

@testable import HTTP2

extension FuzzTarget {
  /// Header blocks: one frame or many, they decode to the same; and what was decoded comes back from
  /// this side's own encoder.
  static let hpack = FuzzTarget(name: "hpack", maxLength: 2000) { bytes in
    var input = FuzzInput(bytes)
    let cuts = (0..<4).map { _ in Int(input.byte()) }
    var blocks: [[UInt8]] = []
    while !input.isEmpty && blocks.count < 4 {
      blocks.append(input.isEmpty ? [] : input.bytes(1 + input.choice(1000)))
    }
    let whole = Self.decode(blocks.map { [$0] })
    let cut = Self.decode(blocks.map { Self.cut($0, at: cuts) })
    check(whole.transcript == cut.transcript, "a block is read the same in pieces")
    check(whole.session.failure == cut.session.failure, "a block fails the same in pieces")
    for line in whole.received { Self.roundTrip(line) }
  }

  private final class Decoded {
    let session: HTTP2Session
    let transcript: [String]
    let received: [HeaderFields]

    init(_ session: HTTP2Session, _ transcript: [String], _ received: [HeaderFields]) {
      self.session = session
      self.transcript = transcript
      self.received = received
    }
  }

  private static func cut(_ block: [UInt8], at cuts: [Int]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = block[...]
    for cut in cuts where cut < rest.count {
      pieces.append(Array(rest.prefix(cut)))
      rest = rest.dropFirst(cut)
    }
    return pieces + [Array(rest)]
  }

  private static func session(_ role: HTTP2Session.Role) -> HTTP2Session {
    var limits = HTTP2Limits()
    limits.headerTableBytes = 300
    limits.maxHeaderListBytes = 2000
    limits.softHeaderListBytes = 1000
    limits.maxHeaderFields = 30
    do {
      let session = try HTTP2Session(role: role, limits: limits, clock: { 0 })
      session.random = { 0.5 }
      return session
    } catch {
      fatalError("no session: \(error)")
    }
  }

  /// What a server makes of a request's header blocks, each in a stream of its own.
  private static func decode(_ blocks: [[[UInt8]]]) -> Decoded {
    let session = session(.server)
    let frames = blocks.enumerated().flatMap { index, pieces in
      FrameBytes.block(UInt32(2 * index + 1), pieces, endStream: true)
    }
    let bytes = FrameBytes.preface + FrameBytes(FrameBytes.settings, []).bytes + frames
    do { try unsafe session.receive(bytes.span.bytes) } catch {}
    var (transcript, received): ([String], [HeaderFields]) = ([], [])
    while let event = session.nextEvent() {
      if case .headers(let stream, let block, _) = event {
        received.append(block)
        transcript.append("\(stream.id) \(block.lines)")
        var size = 0
        for field in block { size += field.name.count + field.value.count + 32 }
        check(size <= 2000 && block.count <= 30, "a header block of \(size) bytes")
      } else {
        transcript.append("\(event)")
      }
    }
    var output = HTTP2Output()
    while session.produceOutput(into: &output, limit: 1 << 20) {}
    return Decoded(session, transcript, received)
  }

  /// A block that was taken is sent by a client and taken again.
  private static func roundTrip(_ block: HeaderFields) {
    let client = session(.client)
    guard client.openStream(block, endStream: true) != nil else { return }
    var output = HTTP2Output()
    while client.produceOutput(into: &output, limit: 1 << 20) {}
    var bytes: [UInt8] = []
    for piece in output.pieces() { bytes += piece }
    let server = session(.server)
    do { try unsafe server.receive(bytes.span.bytes) } catch { fatalError("refused: \(error)") }
    var received: HeaderFields?
    while let event = server.nextEvent() {
      if case .headers(_, let block, _) = event { received = block }
    }
    check(received == block, "a header block comes back: \(block.lines)")
  }
}
