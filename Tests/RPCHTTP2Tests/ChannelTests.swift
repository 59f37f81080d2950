import CLinux
import EventLoop
import RPC
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct ChannelTests {
  /// So short that a test may call until it succeeds.
  static let quick = Backoff(initial: .milliseconds(1), maximum: .milliseconds(5))
  /// So long that there is no second attempt.
  static let slow = Backoff(initial: .seconds(3600), maximum: .seconds(3600))
  static let loopback = SocketAddress("127.0.0.1:0") ?? .unix(path: "")

  @Test func `calls share a connection that the first one makes`() async throws {
    try await ServerFixture.run { fixture in
      try await withChannel(to: fixture.address) { channel, loop, events in
        for _ in 0..<5 {
          let reply = await channel.call("/unary", on: loop, body: [[1, 2]])
          #expect(reply.body == [1, 2])
        }
        #expect(events.current == [.connected])
      }
      #expect(fixture.events.current.filter(\.isOpened).count == 1)
    }
  }

  @Test func `a name is looked up`() async throws {
    try await ServerFixture.run { fixture in
      let port = try #require(fixture.address.port)
      try await withChannel(to: "localhost:\(port)") { channel, loop, _ in
        #expect(await channel.call("/unary", on: loop, body: [[7]]).body == [7])
      }
    }
  }

  @Test func `a server that comes back is found again`() async throws {
    let address = SocketAddress.unix(path: ServerFixture.temporaryPath())
    try await withChannel(to: address, backoff: Self.quick) { channel, loop, _ in
      for _ in 0..<3 {
        try await ServerFixture.run(listen: [address]) { _ in
          #expect(await channel.callUntilAnswered("/unary", on: loop, body: [[1]]).body == [1])
        }
        let reply = await channel.call("/unary", on: loop)
        #expect(reply.reason != .finished)
      }
    }
  }

  @Test func `a server that refuses is not asked again before the time`() async throws {
    let listener = try ListeningSocket(Self.loopback)
    let address = listener.address
    listener.close()
    try await withChannel(to: address, backoff: Self.slow) { channel, loop, events in
      for _ in 0..<3 {
        let reply = await channel.call("/unary", on: loop)
        guard case .connectionLost(let reason) = reply.reason else {
          Issue.record("\(reply.reason)")
          continue
        }
        #expect(reason.contains("refused"))
      }
      #expect(events.current.count == 1)
    }
  }

  @Test func `attempts that failed before a connection came about are not counted after it`()
    async throws
  {
    let address = SocketAddress.unix(path: ServerFixture.temporaryPath())
    // The third pause is long enough for a server to begin in it.
    let growing = Backoff(
      initial: .milliseconds(5), maximum: .seconds(3600), multiplier: 20, jitter: 0)
    try await withChannel(to: address, backoff: growing) { channel, loop, events in
      func fail(_ times: Int) async throws {
        while events.current.compactMap(\.retryAfter).count < times {
          _ = await channel.call("/unary", on: loop)
          try await Task.sleep(for: .milliseconds(1))
        }
      }
      try await fail(3)
      try await ServerFixture.run(listen: [address]) { _ in
        let reply = await channel.call("/unary", on: loop, body: [[1]], waitsForReady: true)
        #expect(reply.body == [1])
      }
      try await fail(4)
      let delays = events.current.compactMap(\.retryAfter).prefix(4)
      #expect(Array(delays) == [5, 100, 2000, 5].map { .milliseconds($0) })
    }
  }

  @Test func `of several addresses the first that answers is taken`() async throws {
    let gone = try ListeningSocket(Self.loopback)
    let dead = gone.address
    gone.close()
    try await ServerFixture.run { fixture in
      let loop = fixture.clientLoop
      let connection = ClientConnection(
        target: "several", context: ConnectionContext(loop: loop, limits: .init()))
      let ended = Task {
        await withCheckedContinuation { done in
          loop.execute {
            connection.run([dead, dead, fixture.address], connectTimeout: nil) { result in
              if case .success = result {
                done.resume(returning: true)
              } else {
                done.resume(returning: false)
              }
            }
          }
        }
      }
      await fixture.waitForEvent(\.isOpened)
      loop.execute { connection.beginGracefulShutdown() }
      #expect(await ended.value)
    }
  }

  @Test func `an address whose queue of connections is full is given up in time`() async throws {
    let listener = try ListeningSocket(Self.loopback)
    // Linux takes one connection more than the backlog, and leaves the next one unanswered.
    #expect(cl_listen(listener.descriptor, 0) == 0)
    let waiting = try Socket(connectingTo: listener.address)
    let loop = try EventLoop(name: "client")
    let error = await withCheckedContinuation { done in
      loop.execute {
        _ = SocketConnector(listener.address, on: loop, timeout: .milliseconds(50)) { result in
          switch result {
          case .success: done.resume(returning: SystemError?.none)
          case .failure(let error): done.resume(returning: error)
          }
        }
      }
    }
    #expect(error == .timedOut)
    waiting.close()
    await loop.shutdown()
  }

  @Test func `calls that wait for a connection fail with it`() async throws {
    let listener = try ListeningSocket(Self.loopback)
    let address = listener.address
    listener.close()
    try await withChannel(to: address, backoff: Self.slow) { channel, loop, _ in
      let reasons = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<20 {
          group.addTask { await channel.call("/unary", on: loop).reason == .finished }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(reasons == [Bool](repeating: false, count: 20))
    }
  }

  @Test(arguments: [
    RawServer.Behaviour.closes, .saysAndCloses([]),
    .saysAndCloses(Array("HTTP/1.1 400 \r\n\r\n".utf8)),
    .says([UInt8](repeating: 0xff, count: 100)),
  ])
  func `a peer that is no server counts as an attempt that failed`(
    behaviour: RawServer.Behaviour
  ) async throws {
    let serverLoop = try EventLoop(name: "server")
    let server = try RawServer(on: serverLoop, behaviour)
    try await withChannel(to: server.address, backoff: Self.slow) { channel, loop, events in
      for _ in 0..<3 { #expect(await channel.call("/unary", on: loop).reason != .finished) }
      // The event comes once the attempt has failed.
      while events.current.isEmpty { await Task.yield() }
      guard case .failed = events.current.first, events.current.count == 1 else {
        Issue.record("\(events.current)")
        return
      }
      #expect(server.accepted.current == 1)
    }
    await server.stop()
    await serverLoop.shutdown()
  }

  @Test func `a peer that never answers is given up, and tried again`() async throws {
    var limits = ConnectionLimits()
    limits.handshakeTimeout = .milliseconds(50)
    let serverLoop = try EventLoop(name: "server")
    let server = try RawServer(on: serverLoop, .isSilent)
    try await withChannel(
      to: server.address, backoff: Self.quick, limits: limits
    ) { channel, loop, _ in
      while server.accepted.current < 3 {
        #expect(await channel.call("/unary", on: loop).reason != .finished)
      }
    }
    await server.stop()
    await serverLoop.shutdown()
  }

  @Test func `after GOAWAY new calls go to a new connection, and old ones finish`() async throws {
    let address = SocketAddress.unix(path: ServerFixture.temporaryPath())
    try await withChannel(to: address, backoff: Self.quick) { channel, loop, _ in
      let first = try HTTP2ServerTransport(
        addresses: [address], loops: try EventLoopGroup(count: 1).loops)
      let handler = EchoHandler()
      let serving = Task { try await first.run(handler) }
      // The call is in flight while its server drains, until the next server has answered a call.
      let finish = Box<(@Sendable () -> Void)?>(nil)
      async let held = channel.call("/unary", on: loop, body: [[1]]) { stream in
        let carried = Carried(stream: stream)
        finish.update {
          $0 = {
            loop.execute {
              carried.stream.send([2])
              carried.stream.sendEnd()
            }
          }
        }
      }
      await handler.waitUntilOpened(1)
      first.beginGracefulShutdown()
      // The old listener closes in a moment.
      while (try? ListeningSocket(address).close()) == nil { await Task.yield() }
      try await ServerFixture.run(listen: [address]) { _ in
        let reply = await channel.callUntilAnswered("/unary", on: loop, body: [[3]])
        #expect(reply.body == [3])
      }
      finish.current?()
      let reply = await held
      #expect(reply.reason == .finished)
      #expect(reply.body == [1, 2])
      try await serving.value
    }
  }

  @Test func `nothing is called after a shutdown`() async throws {
    try await ServerFixture.run { fixture in
      let loop = try EventLoop(name: "channel")
      let channel = HTTP2Channel(target: fixture.address.description, loop: loop)
      let running = Task { try await channel.run() }
      #expect(await channel.call("/unary", on: loop).reason == .finished)
      channel.beginGracefulShutdown()
      try await running.value
      #expect(await channel.call("/unary", on: loop).reason != .finished)
      await loop.shutdown()
    }
  }

  @Test func `calls that nobody ran a connection for end with the shutdown`() async throws {
    let loop = try EventLoop(name: "channel")
    let channel = HTTP2Channel(target: "127.0.0.1:1", loop: loop)
    async let reply = channel.call("/unary", on: loop) { _ in channel.beginGracefulShutdown() }
    #expect(await reply.reason != .finished)
    try await channel.run()
    await loop.shutdown()
  }

  @Test func `cancelling a channel ends its calls`() async throws {
    try await ServerFixture.run { fixture in
      let loop = try EventLoop(name: "channel")
      let channel = HTTP2Channel(target: fixture.address.description, loop: loop)
      let running = Task { try await channel.run() }
      async let reply = channel.call("/hold", on: loop, body: [[1]]) { _ in }
      await fixture.handler.waitUntilOpened(1)
      running.cancel()
      #expect(await reply.reason != .finished)
      try await running.value
      await loop.shutdown()
    }
  }
}

/// `@unchecked Sendable`: used on the stream's loop only.
private struct Carried: @unchecked Sendable {
  let stream: any TransportStream
}

extension ChannelEvent {
  /// The pause after a failed attempt.
  var retryAfter: Duration? {
    if case .failed(_, let delay) = self { delay } else { nil }
  }
}

extension ConnectionEvent {
  var isOpened: Bool {
    if case .opened = self { true } else { false }
  }
}

extension HTTP2Channel {
  /// Calls until an answer comes.
  func callUntilAnswered(
    _ path: String, on loop: EventLoop, body: [[UInt8]] = []
  ) async -> Reply {
    while true {
      let reply = await call(path, on: loop, body: body)
      if reply.reason == .finished { return reply }
      await Task.yield()
    }
  }
}

/// Runs a channel for the length of `body`, then shuts it down.
func withChannel(
  to address: SocketAddress, backoff: Backoff = ChannelTests.slow,
  limits: ConnectionLimits = ConnectionLimits(), options: ChannelOptions = ChannelOptions(),
  _ body: (HTTP2Channel, EventLoop, Box<[ChannelEvent]>) async throws -> Void
) async throws {
  try await withChannel(
    to: address.description, backoff: backoff, limits: limits, options: options, body)
}

func withChannel(
  to target: String, backoff: Backoff = ChannelTests.slow,
  limits: ConnectionLimits = ConnectionLimits(), options: ChannelOptions = ChannelOptions(),
  _ body: (HTTP2Channel, EventLoop, Box<[ChannelEvent]>) async throws -> Void
) async throws {
  let loop = try EventLoop(name: "channel")
  let events = Box<[ChannelEvent]>([])
  var options = options
  options.backoff = backoff
  // Not `limits.forClients`: tests do not wait for ten seconds.
  let place = TargetPlace(target, options.resolver)
  let channel = HTTP2Channel(place, loop, limits, options) { event in
    events.update { $0.append(event) }
  }
  let running = Task { try await channel.run() }
  do {
    try await body(channel, loop, events)
  } catch {
    Issue.record(error)
  }
  channel.beginGracefulShutdown()
  try await running.value
  await loop.shutdown()
}
