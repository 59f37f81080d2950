import EventLoop
import HTTP2
import RPC
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct CallBudgetTests {
  @Test func `calls in progress take no more than there is for them`() async throws {
    var limits = ConnectionLimits()
    limits.maxOpenRequestBytes = 3000
    try await ServerFixture.run(limits: limits) { fixture in
      let loop = fixture.clientLoop
      let greedy = HTTP2ClientTransport(address: fixture.address, loop: loop)
      let running = Task { try await greedy.run() }
      // The third comes when the budget is not used up yet.
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

  @Test(.timeLimit(.minutes(1)))
  func `the grace time is over for a connection that comes during the drain, too`() async throws {
    let loop = try EventLoop(name: "drain")
    let listener = try ListeningSocket(try #require(SocketAddress("127.0.0.1:0")))
    var limits = ConnectionLimits()
    limits.graceTime = .milliseconds(40)
    let context = ConnectionContext(loop: loop, limits: limits, handler: EchoHandler())
    // POST / without an end.
    let request: [UInt8] = [0, 0, 3, 1, 4, 0, 0, 0, 1, 0x83, 0x86, 0x84]
    async let answer = RawPeer.talk(
      RawPeer.preface + RawPeer.settings + request, to: listener.address, on: loop)
    var accepted: Socket?
    while accepted == nil {
      accepted = try listener.accept()
      await Task.yield()
    }
    let socket = try #require(accepted)
    loop.execute {
      context.beginGracefulShutdown()
      do {
        try Connection(.server, in: context).open(socket)
      } catch {
        Issue.record(error)
      }
    }
    _ = try await answer
    await loop.shutdown()
    listener.close()
  }
}
