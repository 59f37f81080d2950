import Protobuf
import RPC
import RPCInProcess
import Testing

/// A slow side holds the other back.
@Suite(.timeLimit(.minutes(2))) struct BackpressureTests {
  private static let text = String(repeating: "x", count: 1000)

  @Test func `a client that does not read suspends the handler`() async throws {
    let written = Recorder<Int>()
    var echo = TestEcho()
    echo.onExpand = { _, responses, _ in
      for number in 0..<100 {
        try await responses.write(StringValue(Self.text))
        written.add(number)
      }
    }
    try await TestBed.run(echo, window: 4 << 10, watermark: 4 << 10) { bed in
      let count = try await bed.echo.expand(StringValue("x")) { responses in
        // Four messages fill the window, and five the queue: the tenth has to wait.
        #expect(await written.take(9) == Array(0..<9))
        await bed.loop.settle()
        var count = 0
        for try await _ in responses {
          count += 1
          // The writer is never further ahead than the two buffers allow.
          if count % 10 == 0 { await bed.loop.settle() }
        }
        return count
      }
      #expect(count == 100)
      #expect(await written.take(91) == Array(9..<100))
    }
  }

  @Test func `a handler that does not read suspends the client`() async throws {
    let (stalled, release) = (Signal(), Signal())
    var echo = TestEcho()
    echo.onCollect = { requests, _ in
      stalled.fire()
      await release.wait()
      var count = 0
      for try await _ in requests { count += 1 }
      return StringValue("\(count)")
    }
    try await TestBed.run(echo, window: 4 << 10, watermark: 4 << 10) { bed in
      let sent = Recorder<Int>()
      async let reply = bed.echo.collect { requests in
        for number in 0..<100 {
          try await requests.write(StringValue(Self.text))
          sent.add(number)
        }
      }
      await stalled.wait()
      #expect(await sent.take(9) == Array(0..<9))
      await bed.loop.settle()
      release.fire()
      let found1 = try await reply.value
      #expect(found1 == "100")
    }
  }

  @Test func `a message larger than the window comes through`() async throws {
    let text = String(repeating: "y", count: 100_000)
    try await TestBed.run(window: 1 << 10, watermark: 1 << 10) { bed in
      let found2 = try await bed.echo.unary(StringValue(text)).value
      #expect(found2 == text)
      let found3 = try await bed.echo.collect { try await $0.write(StringValue(text)) }.value
      #expect(found3 == text)
    }
  }

  @Test func `a write whose own task is cancelled gives up, and the call goes on`() async throws {
    var echo = TestEcho()
    let full = Signal()
    let (outcome, release) = (Recorder<Bool>(), Signal())
    echo.onExpand = { _, responses, _ in
      let writer = Task {
        do {
          while true { try await responses.write(StringValue(Self.text)) }
        } catch { outcome.add(error is CancellationError) }
      }
      await full.wait()
      writer.cancel()
      await release.wait()
    }
    try await TestBed.run(echo, window: 4 << 10, watermark: 4 << 10) { bed in
      try await bed.echo.expand(StringValue("x")) { responses in
        await bed.loop.settle()
        full.fire()
        #expect(await outcome.take(1) == [true])
        release.fire()
        for try await _ in responses {}
      }
    }
  }
}
