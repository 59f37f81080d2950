import EventLoop
import HTTP2
import RPC
import Testing
import Wire

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct CallBudgetTests {
  @Test func `calls in progress take no more than there is for them`() async throws {
    var limits = ConnectionLimits()
    limits.maxOpenRequestBytes = 3000
    try await ServerFixture.run(limits: limits) { fixture in
      let loop = fixture.clientLoop
      let greedy = HTTP2ClientTransport(address: fixture.address, loop: loop)
      let running = Task { try await greedy.run() }
      // The third call comes while the budget is not used up yet.
      let held = (0..<3).map { _ in Task { await greedy.call("/hold", on: loop) } }
      await fixture.handler.waitUntilOpened(3)
      for path in ["/unary", "/early"] {
        let refused = await greedy.call(path, on: loop)
        #expect(refused.head["grpc-status"] == "8")
        #expect(refused.head["grpc-message"] == "the server has too many calls in progress")
      }
      try await fixture.client { other in
        #expect(await other.call("/early", on: loop).head["grpc-status"] == "12")
      }
      running.cancel()
      for call in held { _ = await call.value }
      _ = await running.result
    }
  }

  @Test func `calls that have ended take nothing`() async throws {
    var limits = ConnectionLimits()
    limits.maxOpenRequestBytes = 3000
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client { client in
        for _ in 0..<50 {
          let reply = await client.call("/early", on: fixture.clientLoop)
          #expect(reply.head["grpc-status"] == "12")
        }
      }
    }
  }

  @Test func `a connection's share is never nothing, and the budget is for those within it`()
    async throws
  {
    let loop = try EventLoop(name: "budget")
    var limits = ConnectionLimits()
    limits.maxOpenRequestBytes = 100
    let context = ConnectionContext(loop: loop, limits: limits)
    #expect(context.hasRoom(forRequestBeside: 100))
    context.openRequestBytes = 1000
    #expect(!context.hasRoom(forRequestBeside: 101))
    #expect(context.hasRoom(forRequestBeside: 0))
    await loop.shutdown()
  }

  @Test func `a call counts until its object is gone, whatever thread lets go of it`() async throws
  {
    let loop = try EventLoop(name: "budget")
    let context = ConnectionContext(loop: loop, limits: ConnectionLimits())
    func look() async -> [Int] {
      await withCheckedContinuation { done in
        loop.execute {
          done.resume(returning: [context.busyConnections, context.openRequestBytes])
        }
      }
    }
    let (one, other) = (OpenRequests(context), OpenRequests(context))
    let head: HeaderFields = [":path": "/a"]
    let costs = await withCheckedContinuation { done in
      loop.execute { done.resume(returning: [one, one, other].map { $0.began(head) }) }
    }
    #expect(costs.allSatisfy { $0 == costs[0] && $0 > head.bytes.count })
    #expect(await look() == [2, 3 * costs[0]])
    one.release(costs[0])
    other.release(costs[2])
    #expect(await look() == [1, costs[1]])
    loop.execute { one.release(costs[1]) }
    #expect(await look() == [0, 0])
    await loop.shutdown()
  }

  @Test func `a connection that comes during the drain is told, and has the grace time`()
    async throws
  {
    let loop = try EventLoop(name: "drain")
    let listener = try ListeningSocket(try #require(SocketAddress("127.0.0.1:0")))
    var limits = ConnectionLimits()
    limits.graceTime = .milliseconds(200)
    let handler = EchoHandler()
    let context = ConnectionContext(loop: loop, limits: limits, handler: handler)
    let hold = RawPeer.request([("x-path", "/hold")], endStream: false)
    async let answer = RawPeer.talk(
      RawPeer.preface + RawPeer.settings + hold, to: listener.address, on: loop)
    var accepted: Socket?
    while accepted == nil {
      accepted = try listener.accept()
      await Task.yield()
    }
    let socket = try #require(accepted)
    let reason = Box("")
    let began = MonotonicTime.now()
    loop.execute {
      context.beginGracefulShutdown()
      do {
        let connection = try Connection(.server, in: context)
        connection.onClose = { why, _ in reason.update { $0 = why } }
        try connection.open(SocketChannel(socket, keepAlive: context.limits.tcpKeepAlive))
      } catch {
        Issue.record(error)
      }
    }
    // GOAWAY comes at once; the call goes on, and is cut off at the end of the grace time.
    let codes = try await answer.goAwayCodes
    #expect(codes == [0])
    #expect(MonotonicTime.now() - began >= limits.graceTime)
    #expect(reason.current == "the grace time of the shutdown is over")
    #expect(handler.opened.current == ["/hold"])
    #expect(
      handler.closed.current == [.connectionLost("the grace time of the shutdown is over")])
    await loop.shutdown()
    listener.close()
  }
}
