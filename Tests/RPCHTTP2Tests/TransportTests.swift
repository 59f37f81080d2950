import EventLoop
import HTTP2
import RPC
import RPCHTTP2
import Testing

@Suite(.timeLimit(.minutes(2))) struct TransportTests {
  @Test func `a unary call is answered with head, body and trailers`() async throws {
    try await ServerFixture.run { fixture in
      try await fixture.client { client in
        let reply = await client.call("/unary", on: fixture.clientLoop, body: [[1, 2], [3]])
        #expect(reply.reason == .finished)
        #expect(reply.head[":status"] == "200")
        #expect(reply.body == [1, 2, 3])
        #expect(reply.trailers["grpc-status"] == "0")
      }
    }
  }

  @Test(arguments: [65_534, 65_535, 65_536, 3_000_000])
  func `bodies around and beyond the window come back whole`(size: Int) async throws {
    let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
    try await ServerFixture.run { fixture in
      try await fixture.client { client in
        for path in ["/echo", "/unary"] {
          let reply = await client.call(path, on: fixture.clientLoop, body: [body])
          #expect(reply.body == body)
          #expect(reply.trailers["grpc-status"] == "0")
        }
      }
    }
  }

  @Test func `a hundred calls share a connection`() async throws {
    try await ServerFixture.run { fixture in
      try await fixture.client { client in
        await withTaskGroup(of: Bool.self) { group in
          for number in 0..<100 {
            group.addTask {
              let body = [UInt8](repeating: UInt8(number), count: 1000 * (number % 7))
              let reply = await client.call("/echo", on: fixture.clientLoop, body: [body, body])
              return reply.body == body + body
            }
          }
          #expect(await group.allSatisfy { $0 })
        }
      }
    }
  }

  @Test func `a tiny window carries a large body both ways`() async throws {
    var limits = ConnectionLimits()
    limits.http2.streamWindowBytes = 1000
    limits.http2.connectionWindowBytes = 65_535
    limits.http2.sendHighWatermark = 4096
    let body = [UInt8](repeating: 9, count: 100_000)
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client(limits: limits) { client in
        let reply = await client.call("/echo", on: fixture.clientLoop, body: [body])
        #expect(reply.body == body)
      }
    }
  }

  @Test func `a reply before the end of the request stops the upload`() async throws {
    try await ServerFixture.run { fixture in
      try await fixture.client { client in
        let reply = await client.call("/early", on: fixture.clientLoop, body: [[1]]) { _ in }
        #expect(reply.reason == .finished)
        #expect(reply.head["grpc-status"] == "12")
      }
    }
  }

  @Test func `a reset by the client reaches the handler`() async throws {
    try await ServerFixture.run { fixture in
      try await fixture.client { client in
        let reply = await client.call("/echo", on: fixture.clientLoop, body: [[1]]) { stream in
          stream.reset(.cancel)
        }
        #expect(reply.reason == .resetLocally)
        _ = await client.call("/unary", on: fixture.clientLoop)
      }
      #expect(fixture.handler.closed.current.count == fixture.handler.opened.current.count)
    }
  }

  @Test func `a stream's timer fires`() async throws {
    try await ServerFixture.run { fixture in
      try await fixture.client { client in
        let reply = await client.call("/timer", on: fixture.clientLoop)
        #expect(reply.head["grpc-status"] == "4")
      }
    }
  }

  @Test func `a header list over the limit is answered with RESOURCE_EXHAUSTED`() async throws {
    try await ServerFixture.run { fixture in
      try await fixture.client { client in
        let path = "/" + String(repeating: "x", count: 10_000)
        let reply = await client.call(path, on: fixture.clientLoop)
        #expect(reply.head["grpc-status"] == "8")
      }
    }
  }

  @Test func `every address is served`() async throws {
    let unix = SocketAddress.unix(path: ServerFixture.temporaryPath())
    let listen = try ["127.0.0.1:0", "[::1]:0", "127.0.0.1:0"].map {
      try #require(SocketAddress($0))
    }
    try await ServerFixture.run(listen: listen + [unix]) { fixture in
      let names = ["ipv4:127.0.0.1:", "ipv6:[::1]:", "ipv4:127.0.0.1:", "unix:"]
      for (address, name) in zip(fixture.server.listeningAddresses, names) {
        #expect(address.port != 0)
        try await fixture.client(address) { client in
          let reply = await client.call("/peer", on: fixture.clientLoop)
          #expect(reply.head["x-peer"].hasPrefix(name))
        }
      }
    }
  }

  @Test func `a port in use is told with the address`() async throws {
    try await ServerFixture.run { fixture in
      let address = fixture.address
      let error = #expect(throws: ListenError.self) {
        try HTTP2ServerTransport(addresses: [address], loops: fixture.loops.loops)
      }
      #expect(
        error?.description == "cannot listen on \(address): bind: Address already in use")
    }
  }
}

/// Replies that the client does not read.
@Suite(.timeLimit(.minutes(2))) struct QueuedRepliesTests {
  @Test func `requests wait while earlier replies are not taken, and then get theirs`()
    async throws
  {
    var limits = ConnectionLimits()
    limits.maxQueuedBytes = 100_000
    let body = [UInt8](repeating: 3, count: 80_000)
    try await ServerFixture.run(limits: limits) { fixture in
      try await fixture.client { client in
        await withTaskGroup(of: Bool.self) { group in
          for _ in 0..<50 {
            group.addTask {
              let reply = await client.call("/unary", on: fixture.clientLoop, body: [body])
              return reply.body == body && reply.trailers["grpc-status"] == "0"
            }
          }
          #expect(await group.allSatisfy { $0 })
        }
      }
    }
  }
}
