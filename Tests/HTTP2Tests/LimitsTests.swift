import HTTP2
import Testing

/// The costs that one peer can cause: each class of abuse has a limit (CVE numbers at the cases).
@Suite(.timeLimit(.minutes(2))) struct LimitsTests {
  /// Expects the GOAWAY that ends a connection over its budget.
  private func expectCalm(
    _ server: Peer, _ refusal: HTTP2Refusal, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = server.error ?? server.session.failure
    guard case .connection(let reason, let code, let debug)? = error else {
      Issue.record(
        "no connection error but \(String(describing: error))", sourceLocation: sourceLocation)
      return
    }
    #expect(reason == refusal, sourceLocation: sourceLocation)
    #expect(code == .enhanceYourCalm, sourceLocation: sourceLocation)
    _ = server.frames()
    let last = server.lastFrame
    #expect(last?.type == Frame.goAway, sourceLocation: sourceLocation)
    #expect(last?.code == 0xb, sourceLocation: sourceLocation)
    #expect(last?.debug == debug && !debug.isEmpty, sourceLocation: sourceLocation)
    #expect(server.session.isFinished, sourceLocation: sourceLocation)
    #expect(server.events.contains(.refused(refusal, 0)), sourceLocation: sourceLocation)
  }

  /// Sends `frames` for each number until the server ends the session. Returns how many it sent.
  private func flood(
    _ server: Peer, upTo count: Int = 20_000, _ frames: (UInt32) -> [Frame]
  ) -> Int {
    for number in 0..<count {
      server.receive(frames(UInt32(number)))
      if server.error != nil { return number }
      _ = server.frames()
      if server.session.failure != nil || server.session.isFinished { return number }
      for stream in server.streams.values where stream.isClosed { server.session.release(stream) }
      server.streams = server.streams.filter { !$0.value.isClosed }
      server.events.removeAll { if case .refused = $0 { false } else { true } }
    }
    return count
  }

  @Test func `rapid reset ends with GOAWAY (CVE-2023-44487)`() throws {
    let server = try startedServer()
    let count = flood(server) { [.headers($0 * 2 + 1, end: true), .reset($0 * 2 + 1)] }
    #expect(count == 1000)
    expectCalm(server, .resetFlood)
  }

  @Test func `resets earn tokens by time`() throws {
    let clock = Clock()
    let server = try startedServer(clock: { clock.now })
    let count = flood(server, upTo: 5000) {
      clock.now += 10_000_000
      return [.headers($0 * 2 + 1, end: true), .reset($0 * 2 + 1)]
    }
    #expect(count == 5000)
  }

  private final class Clock { var now: UInt64 = 0 }

  @Test(arguments: StreamError.allCases)
  func `stream errors made on purpose end with GOAWAY (CVE-2025-8671)`(
    _ kind: StreamError
  ) throws {
    let server = try startedServer()
    let count = flood(server) { kind.frames($0 * 2 + 1) }
    #expect(count <= 1000)
    guard kind != .windowUpdateZero else {
      #expect(server.session.isFinished)
      return
    }
    #expect(count == 200)
    expectCalm(server, .inducedResetFlood)
  }

  @Test func `a flood of CONTINUATION frames ends with GOAWAY (CVE-2024-28182)`() throws {
    let server = try startedServer()
    var headers = Frame.headers(1)
    headers.flags = 0
    server.receive(headers)
    let count = flood(server) { _ in [Frame(type: Frame.continuation, stream: 1, payload: [])] }
    #expect(count < 10)
    expectCalm(server, .continuationFlood)
  }

  @Test(arguments: Glitch.allCases)
  func `frames without use end with GOAWAY (CVE-2019-9512, 9513, 9515, 9517, 9518)`(
    _ glitch: Glitch
  ) throws {
    let server = try startedServer()
    server.receive(glitch.prologue)
    let count = flood(server) { _ in [glitch.frame] }
    #expect(count <= 2010)
    expectCalm(server, glitch.refusal)
  }

  @Test func `SETTINGS with thousands of entries end with GOAWAY (CVE-2019-9515)`() throws {
    let server = try startedServer()
    server.receive(.settings((0..<2000).map { _ in (3, 1) }))
    let last = server.frames().last
    #expect(last?.type == Frame.goAway && last?.code == 0xb)
    #expect(server.session.isFinished)
  }

  @Test func `a client in good use never runs out of glitches`() throws {
    let server = try startedServer()
    server.receive(.headers(1))
    let call = try server.stream(1)
    server.session.submitHeaders(call, .response, endStream: false)
    for _ in 0..<20_000 {
      server.session.send(call, [UInt8](repeating: 1, count: 20))
      let sent = server.frames().filter { $0.type == Frame.data }.count
      #expect(sent == 1)
      server.receive(.windowUpdate(0, 20), .windowUpdate(1, 20))
    }
    #expect(server.error == nil)
  }

  @Test func `an upload of small messages is no glitch`() throws {
    let server = try startedServer()
    server.receive(.headers(1))
    for _ in 0..<20_000 { server.receive(.data(1, [0, 0, 0, 0, 1, 1])) }
    #expect(server.error == nil)
  }

  // MARK: Headers

  @Test(arguments: [
    [("big", String(repeating: "x", count: 17_000))],
    (0..<120).map { ("x-\($0)", "v") },
  ])
  func `a header list over the limit can be answered`(_ fields: [(String, String)]) throws {
    var limits = HTTP2Limits()
    limits.maxFrameBytes = 1 << 20
    let server = try startedServer(limits)
    server.receive(.headers(1, Frame.request + fields, end: true))
    #expect(
      server.events == [.refused(.headerListTooLarge, 1), .tooLarge(1, end: true)])
    #expect(server.session.heldSlots == 0)
    server.session.submitHeaders(try server.stream(1), .trailersOnly, endStream: true)
    #expect(server.frames().map(\.type) == [Frame.headers])
    // The connection goes on, its HPACK state in step.
    server.receive(.headers(3, end: true))
    #expect(server.events.last == .headers(3, Frame.request.map { "\($0): \($1)" }, end: true))
  }

  @Test func `a header list at the limit passes`() throws {
    var limits = HTTP2Limits()
    limits.maxHeaderListBytes = 1000
    let used = Frame.request.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + 32 }
    for (extra, passes) in [(1000 - used - 33, true), (1000 - used - 32, false)] {
      let server = try startedServer(limits)
      server.receive(
        .headers(1, Frame.request + [("x", String(repeating: "v", count: extra))], end: true))
      guard case .headers? = server.events.last else {
        #expect(!passes)
        continue
      }
      #expect(passes)
    }
  }

  @Test func `an HPACK bomb costs a reset and no memory (CVE-2016-1544)`() throws {
    let server = try startedServer()
    // An entry of 3 kB for the table, then one byte for each use of it.
    let entry = Frame.literal([("bomb", String(repeating: "x", count: 3000))])
    let block = [0x40] + entry.dropFirst() + [UInt8](repeating: 0xbe, count: 13_000)
    var frame = Frame.headers(1, end: true)
    frame.payload += block
    server.receive(frame)
    #expect(server.events == [.refused(.headerListTooLarge, 1)])
    let frames = server.frames()
    #expect(frames.map(\.type) == [Frame.reset] && frames[0].code == 0xb)
    #expect(server.session.openStreams == 0)
    // The table is in step: its entry still has the index.
    var next = Frame.headers(3, end: true)
    next.payload += [0xbe]
    server.receive(next)
    guard case .headers(3, let lines, end: true)? = server.events.last else {
      Issue.record("no headers but \(server.events)")
      return
    }
    #expect(lines.last?.count == 3006)

    let count = flood(server) { number in
      frame.stream = number * 2 + 5
      return [frame]
    }
    #expect(count <= 200)
    expectCalm(server, .inducedResetFlood)
  }

  @Test func `trailers over the limit are reported on their stream`() throws {
    let server = try startedServer()
    server.receive(.headers(1), .headers(1, (0..<120).map { ("x-\($0)", "v") }, end: true))
    #expect(server.events.last == .tooLarge(1, end: true))
    #expect(try server.stream(1).remoteEnded)
  }

  @Test func `a response's header list over the limit is reported`() throws {
    let client = try Peer(.client)
    let stream = try #require(client.session.openStream(.request, endStream: true))
    _ = client.output()
    client.receive(
      .settings(), .headers(1, [(":status", "200")] + (0..<120).map { ("x-\($0)", "v") }))
    #expect(client.events.last == .tooLarge(1, end: false))
    client.session.reset(stream, .cancel)
    #expect(client.frames().last?.type == Frame.reset)
  }
}
