import HTTP2
import TestBasics
import Testing

@testable import HTTP2

/// Thousands of senseless inputs: the session may end, but never crashes, hangs or grows. Seeded,
/// so that failures are repeatable.
@Suite(.timeLimit(.minutes(2))) struct FuzzTests {
  /// Does what a server's caller might do with any input.
  private func act(_ server: Peer, _ random: inout SeededRandom) {
    for stream in server.streams.values {
      switch random.next() % 12 {
      case 0: server.session.submitHeaders(stream, .response, endStream: false)
      case 1: server.session.submitHeaders(stream, .trailersOnly, endStream: true)
      case 2: server.session.send(stream, [UInt8](repeating: 3, count: Int(random.next() % 40_000)))
      case 3: server.session.endWithTrailers(stream, .ok)
      case 4: server.session.end(stream)
      case 5: server.session.reset(stream, .cancel)
      case 6: server.session.consume(stream, Int(random.next() % 5000))
      case 7: server.session.release(stream)
      default: break
      }
    }
    if random.next() % 200 == 0 { server.session.beginGracefulShutdown() }
    if random.next() % 400 == 0 { server.session.goAway() }
  }

  private func run(_ server: Peer, _ bytes: [UInt8], _ random: inout SeededRandom) {
    var rest = bytes[...]
    while !rest.isEmpty, server.error == nil {
      let count = min(rest.count, Int(random.next() % 300) + 1)
      server.receive(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
      act(server, &random)
      let output = server.output(limit: Int(random.next() % 30_000) + 1)
      // Otherwise the loop would spin.
      #expect(!output.isEmpty || !server.session.wantsWrite, "it wants to write and does not")
    }
    #expect(server.session.openStreams <= 1000)
    _ = server.output()
    if server.session.finalFrame == nil && server.session.isFinished {
      #expect(!server.session.wantsWrite)
    }
    server.session.connectionLost()
    server.drain()
    for stream in server.streams.values { #expect(stream.isClosed) }
  }

  private func conversation(_ random: inout SeededRandom) -> [Frame] {
    var frames: [Frame] = [.settings()]
    var id: UInt32 = 1
    for _ in 0..<Int(random.next() % 30) {
      let old = random.next() % 3 == 0 && id > 1 ? UInt32(random.next() % UInt64(id)) | 1 : id
      switch random.next() % 10 {
      case 0...3:
        frames.append(.headers(id, end: random.next() % 2 == 0))
        id += 2
      case 4, 5:
        let count = Int(random.next() % 400)
        frames.append(.data(old, [UInt8](repeating: 1, count: count), end: random.next() % 4 == 0))
      case 6: frames.append(.reset(old))
      case 7: frames.append(.windowUpdate(random.next() % 2 == 0 ? 0 : old, 1000))
      case 8: frames.append(.ping())
      default: frames.append(.headers(old, [("x", "y")], end: true))
      }
    }
    return frames
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `random bytes`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<150 {
      let server = try Peer(.server)
      let count = Int(random.next() % 2000)
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      run(server, Frame.preface + Frame.settings().bytes + bytes, &random)
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `random frames`(seed: UInt64) throws {
    var random = SeededRandom(seed: 100 + seed)
    for _ in 0..<150 {
      let server = try Peer(.server)
      let frames = (0..<30).map { _ in
        let payload = (0..<Int(random.next() % 60)).map { _ in
          UInt8(truncatingIfNeeded: random.next())
        }
        return Frame(
          type: UInt8(random.next() % 12), flags: UInt8(truncatingIfNeeded: random.next()),
          stream: UInt32(random.next() % 8), payload: payload)
      }
      run(server, Frame.preface + Frame.settings().bytes + frames.flatMap(\.bytes), &random)
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `valid conversations with flipped bits`(seed: UInt64) throws {
    var random = SeededRandom(seed: 200 + seed)
    for _ in 0..<150 {
      let server = try Peer(.server)
      var bytes = Frame.preface + conversation(&random).flatMap(\.bytes)
      for _ in 0..<Int(random.next() % 6) {
        let index = 24 + Int(random.next() % UInt64(bytes.count - 24))
        bytes[index] ^= 1 << UInt8(random.next() % 8)
      }
      run(server, bytes, &random)
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `a server's bytes with flipped bits before a client`(seed: UInt64) throws {
    var random = SeededRandom(seed: 300 + seed)
    for _ in 0..<100 {
      let pair = try Pair()
      let streams = (0..<4).compactMap { _ in
        pair.client.session.openStream(.request, endStream: random.next() % 2 == 0)
      }
      for stream in streams { pair.client.session.send(stream, [1, 2, 3]) }
      pair.server.receive(pair.client.output())
      for id in pair.server.streams.keys.sorted() {
        let call = try pair.server.stream(id)
        pair.server.session.submitHeaders(call, .response, endStream: false)
        pair.server.session.send(call, [UInt8](repeating: 1, count: Int(random.next() % 500)))
        pair.server.session.endWithTrailers(call, .ok)
      }
      var bytes = pair.server.output()
      for _ in 0..<Int(random.next() % 5) {
        bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
      }
      for start in stride(from: 0, to: bytes.count, by: 97) {
        pair.client.receive(Array(bytes[start..<min(bytes.count, start + 97)]))
        _ = pair.client.output()
      }
      pair.client.session.connectionLost()
      pair.client.drain()
      let open = streams.count { !$0.isClosed }
      #expect(open == 0)
      let closed = pair.client.events.count(where: \.isClosed)
      #expect(closed == streams.count)
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `two sessions with callers that do anything agree in the end`(seed: UInt64) throws {
    var random = SeededRandom(seed: 400 + seed)
    for _ in 0..<20 {
      let pair = try Pair()
      var opened: [HTTP2Stream] = []
      for _ in 0..<60 {
        if let stream = pair.client.session.openStream(
          .request, endStream: random.next() % 2 == 0)
        {
          opened.append(stream)
        }
        for stream in opened where random.next() % 3 == 0 {
          switch random.next() % 8 {
          case 0: pair.client.session.end(stream)
          case 1: pair.client.session.reset(stream, .cancel)
          default:
            let count = Int(random.next() % 30_000)
            pair.client.session.send(stream, [UInt8](repeating: 2, count: count))
          }
        }
        act(pair.server, &random)
        pair.server.receive(pair.client.output(limit: Int(random.next() % 60_000)))
        pair.client.receive(pair.server.output(limit: Int(random.next() % 60_000)))
      }
      pair.pump()
      #expect(pair.client.error == nil && pair.server.error == nil)
      for stream in opened { pair.client.session.reset(stream, .cancel) }
      pair.pump()
      pair.client.drain()
      #expect(pair.server.session.openStreams == 0)
      let open = opened.count { !$0.isClosed }
      #expect(open == 0)
      let closed = pair.client.events.count(where: \.isClosed)
      #expect(closed == opened.count)
    }
  }
}
