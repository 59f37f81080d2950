import EventLoop
import HTTP2
import RPC
import Testing

@testable import RPCHTTP2

private typealias Script = MemoryChannel.Script

/// Connections over channels that behave as TLS sessions do and have no descriptor.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ByteChannelTests {
  private static func script(_ change: (inout Script) -> Void) -> Script {
    var script = Script()
    change(&script)
    return script
  }

  /// Each behaviour alone, and all together.
  private static let scripts: [(name: String, script: Script)] = [
    ("plain", Script()),
    ("writes take one byte", script { $0.maxWriteBytes = 1 }),
    ("reads give one byte", script { $0.maxReadBytes = 1 }),
    ("reads wait to write", script { $0.readsWaitFor = .writable }),
    ("writes wait to read", script { $0.writesWaitFor = .readable }),
    ("a handshake", script { $0.handshake = [.readable, .writable, .writable, .readable] }),
    ("little room", script { $0.capacity = 100 }),
    (
      "records",
      script {
        $0.takesRecords = true; $0.maxReadBytes = 7
      }
    ),
    (
      "everything",
      script {
        $0.maxWriteBytes = 50
        $0.maxReadBytes = 30
        $0.readsWaitFor = .writable
        $0.writesWaitFor = .readable
        $0.handshake = [.readable, .writable, .readable]
        $0.capacity = 200
        $0.takesRecords = true
        $0.goodbye = [.writable, .writable]
      }
    ),
  ]

  @Test(
    "calls are answered whatever the channel waits for",
    arguments: scripts.indices.flatMap { [($0, 0), (0, $0), ($0, $0)] })
  func calls(server: Int, client: Int) async throws {
    try await MemoryFixture.run(
      server: Self.scripts[server].script, client: Self.scripts[client].script
    ) { fixture in
      await fixture.accept()
      await fixture.connect()
      let body = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
      for path in ["/unary", "/echo"] {
        let reply = await fixture.call(path, body: body)
        #expect(reply.reason == .finished)
        let isWhole = reply.body == body
        #expect(isWhole)
        #expect(reply.trailers["grpc-status"] == "0")
      }
      await fixture.shutDownClient()
      await fixture.wait { $0.clientReasons.current.count + $0.serverReasons.current.count == 2 }
      #expect(await fixture.see { $0.channels.client.closes } == 1)
      #expect(await fixture.see { $0.channels.server.closes } == 1)
    }
  }

  @Test func `a body larger than all windows goes through a channel of records`() async throws {
    let script = Self.script {
      $0.takesRecords = true; $0.maxReadBytes = 16_384
    }
    let body = [UInt8](repeating: 5, count: 3_000_000)
    try await MemoryFixture.run(server: script, client: script) { fixture in
      await fixture.accept()
      await fixture.connect()
      let reply = await fixture.call("/echo", body: body)
      let isWhole = reply.body == body
      #expect(isWhole)
    }
  }

  @Test func `what a throttled connection's channel holds is read when there is room again`()
    async throws
  {
    var limits = ConnectionLimits()
    limits.maxHeldBytes = 20_000
    let script = Self.script {
      $0.takesRecords = true; $0.maxReadBytes = 1000
    }
    let body = [UInt8](repeating: 5, count: 100_000)
    try await MemoryFixture.run(server: script, limits: limits) { fixture in
      await fixture.accept()
      await fixture.connect()
      async let reply = fixture.call("/wait", body: body)
      await fixture.wait { $0.server.connections.contains { !$0.isReading } }
      #expect(await fixture.see { $0.channels.server.hasPendingInput })
      fixture.handler.release()
      let isWhole = await reply.body == body
      #expect(isWhole)
    }
  }

  @Test("a handshake without end is closed at the limit", arguments: [true, false])
  func stuckHandshake(isServer: Bool) async throws {
    var limits = ConnectionLimits()
    limits.handshakeTimeout = .milliseconds(40)
    let stuck = Self.script {
      $0.handshake = [.readable]
      $0.isStuck = true
    }
    let reason = "no end of the handshake in time"
    try await MemoryFixture.run(
      server: isServer ? stuck : Script(), client: isServer ? Script() : stuck, limits: limits
    ) { fixture in
      if isServer {
        await fixture.accept()
        await fixture.wait { !$0.serverReasons.current.isEmpty }
        #expect(fixture.serverReasons.current == [reason])
        #expect(await fixture.see { $0.server.silent.isEmpty && $0.channels.server.closes == 1 })
      } else {
        await fixture.connect()
        let reply = await fixture.call("/unary", body: [])
        #expect("\(reply.reason)".hasSuffix("\(reason)\")"))
        await fixture.wait { !$0.clientReasons.current.isEmpty }
        #expect(fixture.clientReasons.current == [reason])
      }
    }
  }

  /// A bad request over HTTP/1.1, bytes of another protocol, and a peer that breaks HTTP/2 with DATA on stream 0.
  private static let wrong: [[UInt8]] = [
    Array("GET / HTTP/1.1\r\n\r\n".utf8), [0, 0, 0],
    RawPeer.preface + RawPeer.settings + [0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]

  @Test("the goodbye of a channel is awaited, but no longer than a peer", arguments: wrong)
  func goodbye(bytes: [UInt8]) async throws {
    for (steps, isSaid) in [([Readiness.writable, .writable], true), ([.hangup], false)] {
      var limits = ConnectionLimits()
      limits.lingerTime = .milliseconds(40)
      let script = Self.script { $0.goodbye = steps }
      try await MemoryFixture.run(server: script, limits: limits) { fixture in
        await fixture.accept()
        _ = try await Self.talk(bytes, fixture)
        await fixture.wait { $0.serverReasons.current.count == 1 }
        #expect(await fixture.see { $0.channels.server.hasEndedWriting } == isSaid)
      }
    }
  }

  @Test func `a refusal leaves whole, in single bytes too`() async throws {
    let script = Self.script { $0.maxWriteBytes = 1 }
    try await MemoryFixture.run(server: script) { fixture in
      await fixture.accept()
      let answer = try await Self.talk([0, 0, 0], fixture)
      #expect(answer == ForeignProtocolReply.bytes(to: .unknown))
      await fixture.wait { $0.serverReasons.current.count == 1 }
    }
  }

  /// Writes at the client's end without an HTTP/2 connection, and collects bytes until the end.
  ///
  /// - Parameter mayFail: the server may have closed the channel before.
  static func talk(
    _ bytes: [UInt8], _ fixture: MemoryFixture, mayFail: Bool = false
  ) async throws -> [UInt8] {
    let collector = await fixture.see { fixture in
      let collector = Collector(fixture.channels.client)
      do {
        try fixture.channels.client.open(on: fixture.loop, for: collector)
        _ = try fixture.channels.client.write(bytes, from: 0)
      } catch {
        if !mayFail { Issue.record(error) }
      }
      return collector
    }
    await fixture.wait { _ in collector.hasEnded }
    return await fixture.see { _ in collector.bytes }
  }

  /// `@unchecked Sendable`: confined to the fixture's loop.
  private final class Collector: EventHandler, @unchecked Sendable {
    private let channel: MemoryChannel
    private(set) var bytes: [UInt8] = []
    private(set) var hasEnded = false
    init(_ channel: MemoryChannel) { self.channel = channel }

    func ready(_ events: Readiness) {
      var buffer = [UInt8](repeating: 0, count: 1000)
      switch try? channel.read(into: &buffer) {
      case .bytes(let count): bytes += buffer[..<count]
      case .wouldBlock: break
      case .end, nil:
        hasEnded = true
        channel.close()
      }
    }
  }

  /// Fails the first operation of one end, then the second, and so on until no operation is left.
  @Test("a failure at any step ends the connection once", arguments: [true, false])
  func failures(isServer: Bool) async throws {
    var isUntouched = false
    for step in 1...1000 where !isUntouched {
      let script = Self.script {
        $0.failsAt = step
        $0.maxWriteBytes = 60
        $0.takesRecords = true
        $0.readsWaitFor = .writable
      }
      try await MemoryFixture.run(
        server: isServer ? script : Script(), client: isServer ? Script() : script
      ) { fixture in
        await fixture.accept()
        await fixture.connect()
        let body = [UInt8](repeating: 1, count: 100)
        let reply = await fixture.call("/echo", body: body)
        switch reply.reason {
        case .finished:
          let isWhole = reply.body == body
          #expect(isWhole)
        case .connectionLost(let reason): #expect(!reason.isEmpty)
        case .unprocessed, .resetLocally, .resetByPeer: Issue.record("\(step): \(reply.reason)")
        }
        await fixture.shutDownClient()
        await fixture.wait {
          $0.clientReasons.current.count + $0.serverReasons.current.count >= 2
        }
        let (server, client) = await fixture.see { fixture in
          (fixture.channels.server.closes, fixture.channels.client.closes)
        }
        #expect(server == 1 && client == 1, "step \(step)")
        #expect(fixture.serverReasons.current.count == 1, "step \(step)")
        let isLeft = await fixture.see { fixture in
          !fixture.server.connections.isEmpty || !fixture.server.silent.isEmpty
            || !fixture.client.connections.isEmpty || fixture.server.heldBytes != 0
            || fixture.server.openRequestBytes != 0
        }
        #expect(!isLeft, "step \(step)")
        isUntouched = await fixture.see { fixture in
          (isServer ? fixture.channels.server : fixture.channels.client).operations < step
        }
      }
      #expect(!isUntouched || step > 10)
    }
    #expect(isUntouched)
  }
}
