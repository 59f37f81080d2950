import EventLoop
import HTTP2
import Testing
import Wire

@testable import RPC
@testable import RPCHTTP2

/// Budgets that the connections of a loop share: held bytes, queued bytes, running calls.
@Suite(.timeLimit(.minutes(2))) struct SharedBudgetTests {
  private static let body = [UInt8](repeating: 1, count: 200_000)

  private static var limits: ConnectionLimits {
    var limits = ConnectionLimits()
    // Only the tests themselves look for stalled connections.
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
        // One read of 64 kB may come on top.
        #expect(await fixture.count { $0.heldBytes } <= (32 + 64) * 1024)
        let isReading = await fixture.see { _ in fixture.connections[0].isReading }
        #expect(!isReading)
        fixture.handler.release()
        #expect(await upload.body == Self.body)
        #expect(await fixture.count { $0.heldBytes } == 0)
      }
    }
  }

  @Test(arguments: [32 * 1024, 32 * 1024 + 1], [1, 3])
  func `only above the loop's part of the limit a connection is not read`(
    held: Int, shares: Int
  ) async throws {
    var limits = Self.limits
    limits.maxHeldBytes = 32 * 1024 * shares
    try await ContextFixture.run(limits, shares: shares) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        let body = [UInt8](repeating: 1, count: held)
        async let upload = client.call("/wait", on: loop, body: [body])
        await fixture.wait { $0.heldBytes == held }
        // All bytes of that turn's reads are counted.
        let isReading = await fixture.see { _ in fixture.connections[0].isReading }
        #expect(isReading == (held == 32 * 1024))
        fixture.handler.release()
        #expect(await upload.body == body)
      }
    }
  }

  @Test func `above the limit, who holds more than its share is not read, and nobody else`()
    async throws
  {
    var limits = Self.limits
    limits.maxHeldBytes = 90_000
    try await ContextFixture.run(limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { first in
        try await fixture.client { second in
          try await fixture.client { third in
            // A share is 30,000: the first upload came before the limit was reached, the second
            // holds less than all together may, the third less than its share.
            var uploads: [Task<Reply, Never>] = []
            for (client, count, held) in [
              (first, 50_000, 50_000), (second, 70_000, 90_001), (third, 20_000, 110_001),
            ] {
              let body = [UInt8](repeating: 1, count: count)
              uploads.append(Task { await client.call("/wait", on: loop, body: [body]) })
              await fixture.wait { $0.heldBytes >= held }
            }
            let areRead = await fixture.see { _ in fixture.connections.map(\.isReading) }
            #expect(areRead == [true, false, true])
            fixture.handler.release()
            for upload in uploads { #expect(await upload.value.reason == .finished) }
            #expect(await fixture.count { $0.heldBytes } == 0)
          }
        }
      }
    }
  }

  @Test func `one that is not read is read again when all hold three quarters of the limit`()
    async throws
  {
    var limits = Self.limits
    limits.maxHeldBytes = 40_000
    try await ContextFixture.run(limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        let body = [UInt8](repeating: 1, count: 50_000)
        async let upload = client.call("/wait", on: loop, body: [body])
        await fixture.wait { $0.heldBytes > 40_000 }
        let areRead = await fixture.see { context in
          let held = context.heldBytes
          // As if other connections released bytes.
          return [held - 30_001, 1].map { count in
            context.released(count)
            return fixture.connections[0].isReading
          }
        }
        #expect(areRead == [false, true])
        await fixture.see { $0.held(50_000 - 30_000) }
        fixture.handler.release()
        #expect(await upload.body == body)
      }
    }
  }

  @Test func `what a call keeps for itself is not held by its connection`() async throws {
    try await ContextFixture.run(Self.limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        let sunk = Task { await client.call("/sink", on: loop, body: [Self.body]) }
        await fixture.wait { $0.heldBytes == Self.body.count }
        let held = await fixture.see { context in
          [150_000, 60_000, 1].map { count in
            fixture.connections[0].calls[0].keep(count)
            return context.heldBytes
          }
        }
        #expect(held == [50_000, 0, 0])
        await fixture.see { _ in fixture.connections[0].close("over") }
        #expect(await fixture.count { $0.heldBytes } == 0)
        _ = await sunk.value
      }
    }
  }

  @Test func `nothing is queued after a connection is lost whose peer does not read`() async throws
  {
    try await ContextFixture.run(Self.limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        let flood = Task { await client.call("/flood", on: loop, consumes: false) }
        await fixture.wait { $0.queuedBytes > 0 }
        await fixture.see { _ in fixture.connections[0].close("lost") }
        #expect(await fixture.count { $0.queuedBytes } == 0)
        #expect(await fixture.count { _ in fixture.connections[0].session.queuedBytes } == 0)
        _ = await flood.value
      }
    }
  }

  @Test func `one that is not read any more still sees its peer close at the end`() async throws {
    try await ContextFixture.run(Self.limits) { fixture in
      try await fixture.client { client in
        _ = await client.call("/early", on: fixture.clientLoop)
        let areRead = await fixture.see { _ in
          let connection = fixture.connections[0]
          connection.throttle(true)
          let before = connection.isReading
          connection.linger("over")
          return [before, connection.isReading]
        }
        #expect(areRead == [false, true])
      }
    }
  }

  @Test func `a connection without calls does not count among those that share`() async throws {
    var limits = Self.limits
    limits.lingerTime = .milliseconds(40)
    try await ContextFixture.run(limits) { fixture in
      try await fixture.client { client in
        _ = await client.call("/early", on: fixture.clientLoop)
        let quota = ShareQuota(total: 1000)
        let other = try #require(
          await fixture.see { context in
            context.connections[0].host.flatMap {
              context.hostAccounts?.opened(.address($0), context.intakeTurns)
            }
          })
        await fixture.see { _ in
          other.handlerStarted()
          fixture.connections[0].account?.handlerStarted()
        }
        let busy = await fixture.count { context in
          fixture.connections[0].checkTimeouts()
          return other.share(of: quota)
        }
        #expect(busy == 500)
        await fixture.see { _ in fixture.connections[0].account?.handlerEnded() }
        // From the next tick on.
        await fixture.wait { _ in other.share(of: quota) == 1000 }
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
          // Together more than half of the budget, each more than its share.
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
          async let withBody = first.call("/unary", on: loop, body: [[1], [2]])
          async let withEnd = first.call("/unary", on: loop) { $0.sendEnd() }
          async let withTrailers = first.call("/unary", on: loop, body: [[3]]) {
            $0.sendTrailers(["x": "y"])
          }
          try await fixture.client { other in
            for _ in 0..<20 {
              #expect(await other.call("/unary", on: loop, body: [[7]]).body == [7])
            }
          }
          await fixture.wait { _ in fixture.connections[0].deferred.count == 4 }
          #expect(!fixture.handler.opened.current.contains("/early"))
          for reset in fixture.streams.current { reset() }
          #expect(await deferred.head["grpc-status"] == "12")
          // The whole of a waiting request is handed over.
          #expect(await withBody.body == [1, 2])
          #expect(await withEnd.trailers["grpc-status"] == "0")
          // The handler answers trailers so.
          #expect(
            await withTrailers.reason
              == .resetByPeer(code: HTTP2ErrorCode.protocolError.rawValue))
          for flood in floods { _ = await flood.value }
          await fixture.wait { $0.queuedBytes == 0 }
        }
      }
    }
  }

  @Test(
    "a connection is over its part of what waits to be sent",
    arguments: [1, 4],
    [
      // bytes queued by this connection, by all, busy connections, over the limit
      (16, 1000, 1, false), (17, 1000, 1, true), (50, 50, 4, true), (49, 49, 4, false),
      (25, 60, 4, true), (24, 60, 4, false), (24, 100, 4, true), (24, 99, 4, false),
    ])
  func queued(loops: Int, _ one: (own: Int, all: Int, busy: Int, isOver: Bool)) async throws {
    let loop = try EventLoop(name: "queued")
    var limits = ConnectionLimits()
    limits.maxQueuedBytesInAll = 100 * loops
    limits.http2.sendHighWatermark = 16
    let context = ConnectionContext(loop: loop, limits: limits, shares: loops)
    context.queued(one.all)
    context.busyConnections = one.busy
    #expect(context.isOverQueued(one.own) == one.isOver)
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
          // As if its channel had taken nothing.
          var full = MemoryChannel.Script()
          full.capacity = 0
          _ = try? connection.output.write([0], to: MemoryChannel.pair(full).0)
          let after = (0..<3).map { _ in
            connection.feed(ping.rawBytes(first: ping.count))
            return connection.isReading
          }
          connection.output.drop()
          connection.updateInterest()
          return after + [connection.isReading]
        }
        #expect(isReading == [true, true, false, true])
      }
    }
  }

  @Test func `a slow reader that moves is not reset, one that stands still is`() async throws {
    var limits = Self.limits
    limits.stalledWriteTimeout = .seconds(1)
    try await ContextFixture.run(limits) { fixture in
      let loop = fixture.clientLoop
      try await fixture.client { client in
        let consume = Box<(@Sendable () -> Void)?>(nil)
        let flood = Task {
          await client.call("/flood", on: loop, consumes: false) { stream in
            // More than half of the window, so that it opens.
            let step = stream.consumer(of: 150_000, on: loop)
            consume.update { $0 = step }
          }
        }
        await fixture.wait { $0.queuedBytes > 0 }
        let began = MonotonicTime.now()
        while MonotonicTime.now() - began < .milliseconds(2500) {
          consume.current?()
          try await Task.sleep(for: .milliseconds(5))
        }
        #expect(await fixture.count { _ in fixture.connections[0].calls.count } == 1)
        #expect(await flood.value.reason == .resetByPeer(code: HTTP2ErrorCode.cancel.rawValue))
        #expect(await fixture.see { $0.refusals.counts[.stalledStream] } == 1)
      }
    }
  }
}

extension Connection {
  /// The streams that have a call.
  fileprivate var calls: [ConnectionStream] {
    session.streams.compactMap { $0 as? ConnectionStream }.filter { $0.hasCall }
  }
}
