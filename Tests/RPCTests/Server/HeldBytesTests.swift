import RPC
import RPCInProcess
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct HeldBytesTests {
  private var limits: RPCLimits {
    var limits = RPCLimits()
    limits.maxHeldRequestBytes = 100
    return limits
  }

  @Test func `unfinished requests of all calls together are bounded`() async throws {
    try await TestBed.run(limits: limits) { bed in
      let half = Array(frame([UInt8](repeating: 0, count: 120)).prefix(60))
      let first = RawCall(bed, chunks: [half], keepOpen: true)
      let second = await RawCall.exchange(bed, chunks: [half], keepOpen: true)
      #expect(second.status == 8)
      #expect(second.message == "the server holds too many bytes of unfinished requests")
      first.reset()
      _ = await first.end()
      // The bytes that the other calls held are released.
      let third = RawCall(bed, chunks: [half], keepOpen: true)
      third.reset()
      #expect(await third.end().status == nil)
    }
  }

  @Test(arguments: ["Collect", "Chat"])
  func `a stream counts what it has read ahead of a message`(method: String) async throws {
    try await TestBed.run(limits: limits) { bed in
      let head = RawCall.head.with(":path", "/test.v1.Echo/" + method)
      let part = Array(frame([UInt8](repeating: 0, count: 200)).prefix(101))
      let response = await RawCall.exchange(bed, head: head, chunks: [part], keepOpen: true)
      #expect(response.status == 8)
    }
  }

  @Test(arguments: [nil, "100S"])
  func `a message that does not arrive is not waited for`(deadline: String?) async throws {
    try await TestBed.run { bed in
      let head = deadline.map { RawCall.head.with("grpc-timeout", $0) } ?? RawCall.head
      let call = RawCall(bed, head: head, chunks: [[0, 0]], keepOpen: true)
      await bed.loop.settle()
      bed.loop.advance(by: .seconds(60))
      let response = await call.end()
      #expect(response.status == 4)
      #expect(response.message == "the request's message took too long to arrive")
    }
  }

  @Test func `a deadline before that is the deadline`() async throws {
    try await TestBed.run { bed in
      let head = RawCall.head.with("grpc-timeout", "59S")
      let call = RawCall(bed, head: head, chunks: [[0, 0]], keepOpen: true)
      await bed.loop.settle()
      bed.loop.advance(by: .seconds(60))
      #expect(await call.end().message == "the deadline has passed")
    }
  }

  @Test func `finished requests are not counted`() async throws {
    try await TestBed.run(limits: limits) { bed in
      let chunk = frame([0x0A, 2, 0x68, 0x69])
      for _ in 0..<100 {
        #expect(
          await RawCall.exchange(bed, chunks: [Array(chunk[..<3]), Array(chunk[3...])]).status == 0)
      }
    }
  }
}
