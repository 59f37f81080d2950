import EventLoop
import HTTP2
import RPC
import Testing

@testable import RPCHTTP2

/// What the connections of a loop share: held bytes, queued bytes, calls in progress.
@Suite(.timeLimit(.minutes(2))) struct SharedBudgetTests {
  private static let body = [UInt8](repeating: 1, count: 200_000)

  private static var limits: ConnectionLimits {
    var limits = ConnectionLimits()
    // Only the tests themselves look for stalls.
    limits.stalledWriteTimeout = .seconds(3_600_000)
    return limits
  }

  @Test func `a connection that holds too much is not read until some is let go`() async throws {
    var limits = Self.limits
    limits.maxHeldBytes = 32 * 1024
    try await ContextFixture.run(limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { greedy in
        async let upload = greedy.call("/wait", on: loop, body: [Self.body])
        await fixture.wait { $0.heldBytes > 32 * 1024 }
        try await fixture.client { other in
          for _ in 0..<20 {
            #expect(await other.call("/early", on: loop).head["grpc-status"] == "12")
          }
        }
        // One read of 64 kB may have come on top.
        #expect(await fixture.count { $0.heldBytes } <= (32 + 64) * 1024)
        let isReading = await fixture.see { _ in fixture.connections[0].isReading }
        #expect(!isReading)
        fixture.handler.release()
        #expect(await upload.body == Self.body)
        #expect(await fixture.count { $0.heldBytes } == 0)
      }
    }
  }

  @Test(arguments: [32 * 1024, 32 * 1024 + 1])
  func `only above the limit a connection is not read`(held: Int) async throws {
    var limits = Self.limits
    limits.maxHeldBytes = 32 * 1024
    try await ContextFixture.run(limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        let body = [UInt8](repeating: 1, count: held)
        async let upload = client.call("/wait", on: loop, body: [body])
        await fixture.wait { $0.heldBytes == held }
        // All that was read in that turn is counted.
        let isReading = await fixture.see { _ in fixture.connections[0].isReading }
        #expect(isReading == (held == 32 * 1024))
        fixture.handler.release()
        #expect(await upload.body == body)
      }
    }
  }

  @Test func `nothing is held after resets with unread bodies`() async throws {
    try await ContextFixture.run(Self.limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        for number in 1...3 {
          let sunk = Task {
            await client.call("/sink", on: loop, body: [Self.body]) { stream in
              fixture.streams.update { $0.append(stream.resetter(on: loop)) }
            }
          }
          await fixture.wait { $0.heldBytes == Self.body.count }
          #expect(await fixture.count { _ in fixture.connections[0].heldBytes } == Self.body.count)
          fixture.streams.current[number - 1]()
          #expect(await sunk.value.reason == .resetLocally)
          await fixture.wait { $0.heldBytes != Self.body.count }
          #expect(await fixture.count { $0.heldBytes } == 0)
          #expect(await fixture.count { _ in fixture.connections[0].heldBytes } == 0)
        }
      }
    }
  }

  @Test func `nothing is held after a connection is lost with unread bodies`() async throws {
    try await ContextFixture.run(Self.limits) { fixture in
      try await fixture.client { client in
        let loop = fixture.clientLoop
        let sunk = Task { await client.call("/sink", on: loop, body: [Self.body]) }
        await fixture.wait { $0.heldBytes == Self.body.count }
        await fixture.see { _ in fixture.connections[0].close("lost") }
        #expect(await fixture.count { $0.heldBytes } == 0)
        #expect(await fixture.count { $0.openRequestBytes } == 0)
        #expect(await fixture.count { $0.busyConnections } == 0)
        _ = await sunk.value
      }
    }
  }

  @Test func `a refused call gives its slot back`() async throws {
    var limits = Self.limits
    limits.maxOpenRequestBytes = 2000
    limits.http2.maxConcurrentStreams = 4
    try await ContextFixture.run(limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        let held = (0..<2).map { _ in Task { await client.call("/wait", on: loop) } }
        await fixture.handler.waitUntilOpened(2)
        for _ in 0..<12 {
          #expect(await client.call("/unary", on: loop).head["grpc-status"] == "8")
        }
        fixture.handler.release()
        for call in held { #expect(await call.value.reason == .finished) }
        await fixture.wait { $0.openRequestBytes == 0 }
        let bodies = await withTaskGroup(of: [UInt8].self) { group in
          for number in 0..<2 {
            group.addTask {
              await client.call("/unary", on: loop, body: [[UInt8(number)]]).body
            }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(bodies) == [[0], [1]])
      }
    }
  }

  @Test func `connections that do not read have new requests deferred, others have not`()
    async throws
  {
    var limits = Self.limits
    limits.maxQueuedBytesInAll = 150_000
    limits.http2.sendHighWatermark = 16 * 1024
    try await ContextFixture.run(limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { first in
        try await fixture.client { second in
          // Together more than half, each more than its share.
          var floods: [Task<Reply, Never>] = []
          for client in [first, second] {
            for _ in 0..<5 {
              floods.append(
                Task {
                  await client.call("/flood", on: loop, consumes: false) { stream in
                    fixture.streams.update { $0.append(stream.resetter(on: loop)) }
                  }
                })
            }
          }
          await fixture.handler.waitUntilOpened(10)
          await fixture.wait { $0.isOverQueued($0.queuedBytes / 2) }
          async let deferred = first.call("/early", on: loop)
          try await fixture.client { other in
            for _ in 0..<20 {
              #expect(await other.call("/unary", on: loop, body: [[7]]).body == [7])
            }
          }
          await fixture.wait { _ in !fixture.connections[0].deferred.isEmpty }
          #expect(!fixture.handler.opened.current.contains("/early"))
          for reset in fixture.streams.current { reset() }
          #expect(await deferred.head["grpc-status"] == "12")
          for flood in floods { _ = await flood.value }
          await fixture.wait { $0.queuedBytes == 0 }
        }
      }
    }
  }

  @Test(
    "a connection is over its part of what waits to be sent",
    arguments: [
      // queued by it, by all, connections at work, over
      (16, 1000, 1, false), (17, 1000, 1, true), (50, 50, 4, true), (49, 49, 4, false),
      (25, 60, 4, true), (24, 60, 4, false), (24, 100, 4, true), (24, 99, 4, false),
    ])
  func queued(own: Int, all: Int, busy: Int, isOver: Bool) async throws {
    let loop = try EventLoop(name: "queued")
    var limits = ConnectionLimits()
    limits.maxQueuedBytesInAll = 100
    limits.http2.sendHighWatermark = 16
    let context = ConnectionContext(loop: loop, limits: limits)
    context.queued(all)
    context.busyConnections = busy
    #expect(context.isOverQueued(own) == isOver)
    await loop.shutdown()
  }

  @Test(arguments: [100, 101])
  func `one connection has a limit of its own`(count: Int) async throws {
    let loop = try EventLoop(name: "queued")
    var limits = ConnectionLimits()
    limits.maxQueuedBytes = 100
    limits.http2.sendHighWatermark = 16
    let context = ConnectionContext(loop: loop, limits: limits)
    context.queued(count)
    #expect(context.isOverQueued(count) == (count > 100))
    await loop.shutdown()
  }

  @Test func `of a peer that takes nothing no more is read than the limit`() async throws {
    let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    var limits = Self.limits
    limits.maxBytesReadWhileBlocked = 2 * ping.count
    try await ContextFixture.run(limits) { fixture in
      try await fixture.client { client in
        _ = await client.call("/early", on: fixture.clientLoop)
        let isReading = await fixture.see { _ in
          let connection = fixture.connections[0]
          // As if the socket had not taken it.
          connection.unsent = [0]
          let after = (0..<3).map { _ in
            connection.feed(ping.rawBytes(first: ping.count))
            return connection.isReading
          }
          connection.unsent = []
          connection.updateInterest()
          return after + [connection.isReading]
        }
        #expect(isReading == [true, true, false, true])
      }
    }
  }

  @Test func `a slow reader that moves is not reset, one that stands still is`() async throws {
    try await ContextFixture.run(Self.limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        let consume = Box<(@Sendable () -> Void)?>(nil)
        let flood = Task {
          await client.call("/flood", on: loop, consumes: false) { stream in
            // More than half of the window, so that it opens.
            let step = stream.consumer(of: 150_000, on: loop)
            let reset = stream.resetter(on: loop)
            consume.update { $0 = step }
            fixture.streams.update { $0.append(reset) }
          }
        }
        await fixture.wait { $0.queuedBytes > 0 }
        // The windows are used up once it says twice that nothing has moved.
        await fixture.wait { _ in fixture.looksStalled(after: 2) }
        for _ in 0..<3 {
          // A look that sees a change begins anew: it takes two more. What has not come cannot be
          // consumed, so once may be too few.
          while await fixture.see({ _ in fixture.looksStalled(after: 1) }) {
            consume.current?()
            try await Task.sleep(for: .milliseconds(1))
          }
          await fixture.wait { _ in fixture.looksStalled(after: 2) }
        }
        #expect(await fixture.count { _ in fixture.connections[0].streams.count } == 1)
        fixture.streams.current[0]()
        #expect(await flood.value.reason == .resetLocally)
      }
    }
  }
}

extension ContextFixture {
  /// One look at the first stream of the first connection.
  fileprivate func looksStalled(after looks: Int) -> Bool {
    connections[0].streams.first?.isStalled(after: looks) ?? false
  }
}

extension TransportStream {
  /// Resets it from any thread.
  fileprivate func resetter(on loop: EventLoop) -> @Sendable () -> Void {
    let stream = Confined(self)
    return { loop.execute { stream.value.reset(.cancel) } }
  }

  /// Opens its window by `count` bytes, from any thread.
  fileprivate func consumer(of count: Int, on loop: EventLoop) -> @Sendable () -> Void {
    let stream = Confined(self)
    return { loop.execute { stream.value.consumed(count) } }
  }
}

/// `@unchecked Sendable`: only carried, and used on the stream's loop.
private struct Confined: @unchecked Sendable {
  let value: any TransportStream
  init(_ value: any TransportStream) { self.value = value }
}
