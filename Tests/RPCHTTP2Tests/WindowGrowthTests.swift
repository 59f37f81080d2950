import EventLoop
import HTTP2
import RPC
import Testing
import Wire

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct WindowGrowthTests {
  private static let body = [UInt8](repeating: 5, count: 4 << 20)

  private static func limits(
    _ change: (inout ConnectionLimits) -> Void = { _ in }
  ) -> ConnectionLimits {
    var limits = ConnectionLimits()
    limits.http2.streamWindowBytes = 65_535
    limits.http2.connectionWindowBytes = 128 << 10
    // Longer than any test, however busy the machine is.
    limits.windowGrowth?.unusedTime = .seconds(3600)
    change(&limits)
    return limits
  }

  /// A server's context and a client that is far from it.
  private static func far(
    server: ConnectionLimits, client: ConnectionLimits,
    _ body: (ContextFixture, HTTP2ClientTransport) async throws -> Void
  ) async throws {
    try await ContextFixture.run(server) { fixture in
      try await fixture.client(limits: client, delay: .milliseconds(10), body: body)
    }
  }

  @Test func `windows grow with a peer that is far away, on a server and on a client`() async throws
  {
    try await Self.far(server: Self.limits(), client: Self.limits()) { fixture, client in
      let reply = await client.call("/unary", on: fixture.clientLoop, body: [Self.body])
      #expect(reply.body == Self.body)
      let flow = await fixture.see { _ in fixture.connections[0].flow.grown }
      #expect(flow.stream > 128 << 10 && flow.connection > 128 << 10)
      let clients = await fixture.clientFlow(client)
      #expect(clients.stream > 128 << 10 && clients.connection > 128 << 10)
      // The stream is over, and with it its part.
      let left = await fixture.see { context in
        (context.windowBudget?.used ?? 0) - fixture.connections[0].flow.ownExtra
      }
      #expect(left == 0)
    }
  }

  @Test func `a stream that comes later begins with what the connection has learned`() async throws
  {
    try await Self.far(server: Self.limits(), client: Self.limits()) { fixture, client in
      _ = await client.call("/unary", on: fixture.clientLoop, body: [Self.body])
      let learned = await fixture.see { _ in fixture.connections[0].flow.grown.stream }
      #expect(learned > 65_535)
      let samples = await fixture.see { _ in fixture.connections[0].flow.probe.number }
      await fixture.see { _ in
        fixture.connections[0].flow.probe.used(false, at: .now() + .seconds(3600))
      }
      let call = Task {
        await client.call("/sink", on: fixture.clientLoop, body: [Self.body]) { stream in
          let reset = stream.resetter(on: fixture.clientLoop)
          fixture.streams.update { $0.append(reset) }
        }
      }
      await fixture.wait { _ in
        // Up to half of the connection's window is still to be given back.
        fixture.connections[0].session.streams.contains { $0.unconsumedBytes >= learned / 2 }
      }
      #expect(await fixture.see { _ in fixture.connections[0].flow.probe.number } == samples)
      fixture.streams.current[0]()
      _ = await call.value
    }
  }

  @Test func `without growth the windows stay as they are, and no PING is sent`() async throws {
    let fixed = Self.limits { $0.windowGrowth = nil }
    try await Self.far(server: fixed, client: fixed) { fixture, client in
      let body = Array(Self.body.prefix(600_000))
      let reply = await client.call("/echo", on: fixture.clientLoop, body: [body])
      #expect(reply.body == body)
      let flow = await fixture.see { _ in fixture.connections[0].flow }
      #expect(flow.bytes == 128 << 10 && flow.extra == 0 && flow.probe.number == 0)
      #expect(await fixture.see { _ in fixture.connections[0].session.pingsReceived } == 0)
    }
  }

  @Test func `small calls are not measured`() async throws {
    try await ContextFixture.run(Self.limits()) { fixture in
      try await fixture.client(limits: Self.limits()) { client in
        for _ in 0..<300 {
          let reply = await client.call("/unary", on: fixture.clientLoop, body: [[1, 2, 3]])
          #expect(reply.body == [1, 2, 3])
        }
        #expect(await fixture.see { _ in fixture.connections[0].flow.probe.number } == 0)
        #expect(await fixture.see { _ in fixture.connections[0].session.pingsReceived } == 0)
      }
    }
  }

  @Test func `a call that does not read keeps its window as it is`() async throws {
    try await Self.far(server: Self.limits(), client: Self.limits()) { fixture, client in
      let call = Task {
        await client.call("/sink", on: fixture.clientLoop, body: [Self.body]) { stream in
          let reset = stream.resetter(on: fixture.clientLoop)
          fixture.streams.update { $0.append(reset) }
        }
      }
      await fixture.wait { _ in
        let connection = fixture.connections[0]
        return connection.flow.probe.number > 0 && !connection.flow.probe.isUnderWay
          && connection.session.streams.contains { $0.unconsumedBytes == 65_535 }
      }
      #expect(await fixture.see { _ in fixture.connections[0].flow.extra } == 0)
      fixture.streams.current[0]()
      _ = await call.value
    }
  }

  @Test func `PINGs that measure are no strikes against a client`() async throws {
    let strict = Self.limits {
      $0.pings = PingLimits()
      $0.pings?.maxStrikes = 0
    }
    try await Self.far(server: strict, client: Self.limits()) { fixture, client in
      for _ in 0..<3 {
        let reply = await client.call("/echo", on: fixture.clientLoop, body: [Self.body])
        #expect(reply.body == Self.body)
      }
      #expect(await fixture.see { _ in fixture.connections[0].session.pingsReceived } > 0)
    }
  }

  @Test func `what windows take stays within the budget of all connections`() async throws {
    let small = Self.limits { $0.windowGrowth?.maxBytesInAll = 600_000 }
    let most = Box(0)
    try await ContextFixture.run(small) { fixture in
      let watch = Task {
        while !Task.isCancelled {
          let used = await fixture.see { $0.windowBudget?.used ?? 0 }
          most.update { $0 = max($0, used) }
          try? await Task.sleep(for: .milliseconds(1))
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await fixture.client(limits: Self.limits(), delay: .milliseconds(5)) {
              fixture, client in
              let body = Array(Self.body.prefix(1 << 20))
              let reply = await client.call("/unary", on: fixture.clientLoop, body: [body])
              #expect(reply.body == body)
            }
          }
        }
        try await group.waitForAll()
      }
      watch.cancel()
      await watch.value
      await fixture.see { $0.closeAll("over") }
      #expect(await fixture.see { $0.windowBudget?.used } == 0)
    }
    #expect(most.current > 0 && most.current <= 600_000)
  }

  @Test func `windows that are not used any more shrink, and give back what they took`()
    async throws
  {
    let restless = Self.limits { $0.windowGrowth?.unusedTime = .milliseconds(40) }
    try await Self.far(server: restless, client: Self.limits()) { fixture, client in
      _ = await client.call("/unary", on: fixture.clientLoop, body: [Self.body])
      await fixture.wait { _ in fixture.connections[0].flow.bytes == 128 << 10 }
      // What was given is the peer's until it has sent as much.
      while await fixture.see({ $0.windowBudget?.used != 0 }) {
        let reply = await client.call(
          "/unary", on: fixture.clientLoop, body: [[UInt8](repeating: 1, count: 30_000)])
        #expect(reply.body.count == 30_000)
      }
      #expect(await fixture.see { _ in fixture.connections[0].session.receiveWindow } <= 128 << 10)
    }
  }

  /// The windows and queues bound what both sides keep, however much goes through.
  @Test func `a long stream takes no more memory than its windows`() async throws {
    try await ContextFixture.run(ConnectionLimits()) { fixture in
      try await fixture.client { client in
        let most = Box(0)
        let watch = Task {
          while !Task.isCancelled {
            let kept = await fixture.see { $0.heldBytes + $0.queuedBytes }
            most.update { $0 = max($0, kept) }
            try? await Task.sleep(for: .milliseconds(1))
          }
        }
        let total = await fixture.flood(64 << 20, client)
        watch.cancel()
        await watch.value
        #expect(total >= 64 << 20)
        #expect(most.current < 2 << 20)
      }
    }
  }
}

extension ConnectionFlow {
  /// The windows that were grown to: of a stream, and of the connection.
  fileprivate var grown: (stream: Int, connection: Int) { (learned, bytes) }
}

extension ContextFixture {
  fileprivate func clientFlow(
    _ client: HTTP2ClientTransport
  ) async -> (stream: Int, connection: Int) {
    await withCheckedContinuation { done in
      clientLoop.execute {
        done.resume(returning: client.connection.flow?.grown ?? (0, 0))
      }
    }
  }

  /// Reads so many bytes of a stream that does not end.
  fileprivate func flood(_ bytes: Int, _ client: HTTP2ClientTransport) async -> Int {
    await withCheckedContinuation { done in
      clientLoop.execute {
        let reader = FloodReader(bytes, done)
        reader.stream = client.openStream(
          head: .request("/flood"), endStream: false, receiver: reader)
      }
    }
  }
}

/// Takes bytes until there are enough, and keeps none.
private final class FloodReader: StreamReceiver {
  var stream: (any TransportStream)?
  private let wanted: Int
  private var total = 0
  private let done: CheckedContinuation<Int, Never>

  init(_ wanted: Int, _ done: CheckedContinuation<Int, Never>) {
    self.wanted = wanted
    self.done = done
  }

  func received(_ bytes: RawSpan, endStream: Bool) {
    total += bytes.byteCount
    stream?.consumed(bytes.byteCount)
    if total >= wanted { stream?.reset(.cancel) }
  }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}
  func receivedTrailers(_ fields: HeaderFields) {}
  func writable() {}
  func timerFired() {}

  func closed(_ reason: StreamCloseReason) {
    stream = nil
    done.resume(returning: total)
  }
}
