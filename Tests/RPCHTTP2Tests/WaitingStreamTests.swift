import EventLoop
import HTTP2
import Protobuf
import RPC
import Testing
import Wire

@testable import RPCHTTP2

/// More calls at once than the server allows streams.
@Suite(.timeLimit(.minutes(2))) struct WaitingStreamTests {
  private func limits(streams: Int) -> ConnectionLimits {
    var limits = ConnectionLimits()
    limits.http2.maxConcurrentStreams = UInt32(streams)
    return limits
  }

  @Test(arguments: [1, 7, 100]) func `all of many calls at once are answered`(streams: Int)
    async throws
  {
    try await ServerFixture.run(limits: limits(streams: streams)) { fixture in
      try await withChannel(to: fixture.address) { channel, loop, events in
        let wrong = await withTaskGroup(of: Int.self) { group in
          for number in 0..<2000 {
            let body: [[UInt8]] = [[UInt8(number % 251)], [UInt8(number % 241)]]
            group.addTask {
              let reply = await channel.call("/unary", on: loop, body: body)
              return reply.reason == .finished && reply.body == body.flatMap { $0 } ? 0 : 1
            }
          }
          return await group.reduce(0, +)
        }
        #expect(wrong == 0)
        // On one connection, which they have not hurt.
        #expect(events.current == [.connected])
      }
    }
  }

  @Test func `calls that wait move to the next connection when theirs goes away`() async throws {
    let address = SocketAddress.unix(path: ServerFixture.temporaryPath())
    try await withChannel(to: address, backoff: ChannelTests.quick) { channel, loop, _ in
      let first = try HTTP2ServerTransport(
        addresses: [address], loops: try EventLoopGroup(count: 1).loops,
        limits: limits(streams: 1))
      let handler = EchoHandler()
      let serving = Task { try await first.run(handler) }
      let held = Task { await channel.call("/wait", on: loop, body: [[1]]) }
      await handler.waitUntilOpened(1)
      let waiting = Task { await channel.call("/unary", on: loop, body: [[2]]) }
      // Its listener closes before it says GOAWAY.
      first.beginGracefulShutdown()
      while (try? ListeningSocket(address).close()) == nil { await Task.yield() }
      try await ServerFixture.run(listen: [address]) { _ in
        let reply = await waiting.value
        if reply.reason == .finished {
          #expect(reply.body == [2])
        } else {
          // The new connection was tried before its server listened: no call is lost in silence.
          guard case .connectionLost = reply.reason else {
            Issue.record("\(reply.reason)")
            return
          }
        }
        handler.release()
        #expect(await held.value.body == [1])
      }
      try await serving.value
    }
  }

  @Test func `a call that waits can be ended, and has a timer`() async throws {
    try await ServerFixture.run(limits: limits(streams: 1)) { fixture in
      try await withChannel(to: fixture.address) { channel, loop, _ in
        async let held = channel.call("/wait", on: loop, body: [[1]])
        await fixture.handler.waitUntilOpened(1)
        let reset = await channel.call("/unary", on: loop) { $0.reset(.cancel) }
        #expect(reset.reason == .resetLocally)
        let fired = await withCheckedContinuation { done in
          loop.execute {
            let receiver = TimedReceiver(done)
            receiver.stream = channel.openStream(
              head: .request("/unary"), endStream: true, receiver: receiver)
            receiver.stream?.armTimer(after: .milliseconds(5))
          }
        }
        #expect(fired)
        fixture.handler.release()
        #expect(await held.body == [1])
        #expect(await channel.call("/unary", on: loop, body: [[3]]).body == [3])
      }
      // Neither ever got to the server.
      #expect(fixture.handler.opened.current.count == 2)
    }
  }

  @Test func `a shutdown lets calls that wait finish`() async throws {
    try await ServerFixture.run(limits: limits(streams: 1)) { fixture in
      let loop = fixture.clientLoop
      let channel = HTTP2Channel(target: fixture.address.description, loop: loop)
      let running = Task { try await channel.run() }
      async let held = channel.call("/wait", on: loop, body: [[1]])
      await fixture.handler.waitUntilOpened(1)
      async let waiting = channel.call("/unary", on: loop, body: [[2]]) { stream in
        stream.sendEnd()
        // In the same turn: the call has begun before the shutdown.
        channel.beginGracefulShutdown()
        loop.execute { fixture.handler.release() }
      }
      let replies = await [held, waiting]
      #expect(replies.map(\.reason) == [.finished, .finished])
      #expect(replies.map(\.body) == [[1], [2]])
      try await running.value
    }
  }

  @Test(arguments: [false, true])
  func `a call that is over leaves its place, whoever still knows of it`(isDetached: Bool)
    async throws
  {
    let loops = try EventLoopGroup(count: 2)
    let address = try #require(SocketAddress("127.0.0.1:0"))
    let transport = try HTTP2ServerTransport(
      addresses: [address], loops: [loops.loops[0]], limits: limits(streams: 1))
    let kept = Box<[ServerContext]>([])
    let server = RPCServer(transports: [transport], services: [Mirror(keeping: kept)])
    let serving = Task { try await server.serve() }
    let channel = HTTP2Channel(
      target: transport.listeningAddresses[0].description, loop: loops.loops[1])
    let running = Task { try await channel.run() }
    let client = RPCClient(transport: channel)
    for number in 1...5 {
      var request = Int64Value()
      request.value = Int64(number)
      if isDetached {
        let replies = try await client.serverStreaming(Mirror.repeat, request) {
          (replies: ResponseStream<Int64Value>) in
          try await replies.reduce(into: []) { $0.append($1) }
        }
        #expect(replies == [request])
      } else {
        let reply: Int64Value = try await client.unary(Mirror.say, request)
        #expect(reply == request)
      }
    }
    #expect(kept.current.count == 5)
    channel.beginGracefulShutdown()
    try await running.value
    server.beginGracefulShutdown()
    try await serving.value
    kept.update { $0 = [] }
    await loops.shutdown()
  }

  @Test func `twenty thousand calls at once are all answered`() async throws {
    let loops = try EventLoopGroup(count: 2)
    let address = try #require(SocketAddress("127.0.0.1:0"))
    let transport = try HTTP2ServerTransport(addresses: [address], loops: [loops.loops[0]])
    let server = RPCServer(transports: [transport], services: [Mirror()])
    let serving = Task { try await server.serve() }
    let channel = HTTP2Channel(
      target: transport.listeningAddresses[0].description, loop: loops.loops[1])
    let running = Task { try await channel.run() }
    let client = RPCClient(transport: channel)
    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 1...20_000 {
        group.addTask {
          var request = Int64Value()
          request.value = Int64(number)
          let reply: Int64Value = try await client.unary(Mirror.say, request)
          return Int(reply.value)
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(sum == 20_000 * 20_001 / 2)
    channel.beginGracefulShutdown()
    try await running.value
    server.beginGracefulShutdown()
    try await serving.value
    await loops.shutdown()
  }
}

private struct Mirror: RegistrableService {
  static let say = MethodDescriptor(service: "test.Mirror", method: "Say", kind: .unary)
  /// Answers when its handler has returned.
  static let `repeat` = MethodDescriptor(
    service: "test.Mirror", method: "Repeat", kind: .serverStreaming)
  private let kept: Box<[ServerContext]>?

  /// - Parameter kept: gets the context of each call.
  init(keeping kept: Box<[ServerContext]>? = nil) { self.kept = kept }

  private final class Owner: ResponseSinkOwner {
    func responseEnded() {}
  }

  func register(in router: inout Router) {
    router.unary(Self.say) { (request: Int64Value, context) -> Int64Value in
      kept?.update { $0.append(context) }
      return request
    }
    router.serverStreaming(Self.repeat) {
      (request: Int64Value, responses: ResponseWriter<Int64Value>, context) in
      kept?.update { $0.append(context) }
      let sink = try responses.detach(for: Owner())
      context.executor.execute {
        sink.send(EncodedMessage(request))
        sink.finish()
      }
    }
  }
}

/// Tells that its stream's timer has fired; confined to the loop.
private final class TimedReceiver: StreamReceiver {
  var stream: (any TransportStream)?
  private var done: CheckedContinuation<Bool, Never>?

  init(_ done: CheckedContinuation<Bool, Never>) { self.done = done }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}
  func received(_ bytes: RawSpan, endStream: Bool) {}
  func receivedTrailers(_ fields: HeaderFields) {}
  func writable() {}
  func timerFired() { stream?.reset(.cancel) }
  func closed(_ reason: StreamCloseReason) {
    stream = nil
    done?.resume(returning: reason == .resetLocally)
    done = nil
  }
}
