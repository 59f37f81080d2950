import Testing
import Wire

@testable import HTTP2

/// The soft limit of header lists, below the hard one.
@Suite(.timeLimit(.minutes(2))) struct HeaderListLimitTests {
  private static let used = Frame.request.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + 32 }

  /// A server that has a soft limit of 1,000 bytes and a hard one of 2,000.
  private func server(random: Double) throws -> Peer {
    var limits = HTTP2Limits()
    limits.maxHeaderListBytes = 2000
    limits.softHeaderListBytes = 1000
    let server = try startedServer(limits)
    server.session.random = { random }
    return server
  }

  /// A request whose list has so many bytes.
  private func request(_ bytes: Int) -> Frame {
    let value = String(repeating: "v", count: bytes - Self.used - 33)
    return .headers(1, Frame.request + [("x", value)], end: true)
  }

  @Test(
    "above the soft limit the chance of a refusal grows from 0 to 1",
    arguments: [
      (1000, 0.0, true), (1001, 0.0, false), (1001, 0.002, true), (1500, 0.49, false),
      (1500, 0.51, true), (2000, 0.999, false),
    ])
  func chance(bytes: Int, random: Double, passes: Bool) throws {
    let server = try server(random: random)
    server.receive(request(bytes))
    if passes {
      guard case .headers? = server.events.last else {
        Issue.record("\(server.events)")
        return
      }
      #expect(server.session.heldSlots == 1)
    } else {
      #expect(
        server.events == [.refused(.headerListOverSoftLimit, 1), .tooLarge(1, end: true)])
      #expect(server.session.heldSlots == 0)
    }
  }

  @Test func `the soft limit is announced`() throws {
    for (soft, announced) in [(1000, 1000), (3000, 2000)] {
      var limits = HTTP2Limits()
      limits.maxHeaderListBytes = 2000
      limits.softHeaderListBytes = soft
      let client = try Peer(.client, limits)
      let settings = try #require(Frame.parse(Array(client.output().dropFirst(24)))?.first)
      #expect(settings.payload.contains(pairOf: 6, announced))
    }
  }

  @Test func `what is refused says its size and the limit`() {
    var collector = HeaderCollector(maxBytes: 100, softBytes: 50, maxFields: 2)
    func excess(_ sizes: [Int]) -> String? {
      collector.begin()
      let name: [UInt8] = [1]
      for size in sizes {
        let value = [UInt8](repeating: 1, count: size - 33)
        _ = collector.append(name.span, value.span)
      }
      return collector.excess(isTrailers: false, random: { 0 })?.description
    }
    #expect(excess([50]) == nil)
    #expect(excess([51]) == "the header list has 51 bytes and the limit is 50")
    #expect(excess([101]) == "the header list has 101 bytes and the limit is 100")
    #expect(excess([33, 33, 33]) == "the header list has 3 fields and the limit is 2")
  }

  @Test func `a client is told of a response's header bomb`() throws {
    let client = try Peer(.client)
    _ = client.session.openStream(.request, endStream: true)
    _ = client.output()
    client.receive(
      .settings(), .headers(1, [(":status", "200")] + (0..<500).map { ("x-\($0)", "v") }))
    #expect(client.events.contains(.tooLarge(1, end: false)))
    #expect(client.frames().filter { $0.type == Frame.reset }.map(\.code) == [0xb])
    #expect(client.error == nil)
  }

  @Test func `a server whose SETTINGS have a MAX_FRAME_SIZE of 0 loses its client`() throws {
    let client = try Peer(.client)
    _ = client.session.openStream(.request, endStream: true)
    _ = client.output()
    client.receive(.settings([(5, 0)]))
    let goAway = try #require(client.frames().last { $0.type == Frame.goAway })
    #expect(goAway.code == 1)
    #expect(client.session.isFinished)
  }
}

extension [UInt8] {
  /// Whether SETTINGS with this payload set `identifier` to `value`.
  fileprivate func contains(pairOf identifier: UInt8, _ value: Int) -> Bool {
    stride(from: 0, to: count, by: 6).contains { start in
      self[start] == 0 && self[start + 1] == identifier
        && self[start + 2..<start + 6].reduce(0) { $0 << 8 | Int($1) } == value
    }
  }
}
