import EventLoop
import RPC
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct PickFirstTests {
  private static func dead() throws -> SocketAddress {
    let listener = try ListeningSocket(ChannelTests.loopback)
    defer { listener.close() }
    return listener.address
  }

  private func options(_ resolver: ScriptedResolver) -> ChannelOptions {
    var options = ChannelOptions()
    options.resolver = resolver
    options.minResolutionInterval = .milliseconds(5)
    return options
  }

  @Test func `an address that does not answer does not hold up the next one`() async throws {
    let hole = try BlackHole()
    try await ServerFixture.run { fixture in
      let resolver = ScriptedResolver([hole.address, fixture.address])
      try await withChannel(to: "tracks", options: options(resolver)) { channel, loop, events in
        #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1])
        // The first attempt had not failed when the second won, and was ended in silence.
        #expect(events.current == [.connected])
        #expect(await channel.info().connections.count == 1)
      }
    }
    hole.close()
  }

  @Test func `an address that refuses makes room for the next one`() async throws {
    let dead = try Self.dead()
    try await ServerFixture.run { fixture in
      let resolver = ScriptedResolver([dead, dead, fixture.address])
      try await withChannel(to: "tracks", options: options(resolver)) { channel, loop, events in
        for _ in 0..<3 { #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1]) }
        guard case .failed(let reason, _) = events.current.first else {
          Issue.record("\(events.current)")
          return
        }
        #expect(reason.hasPrefix("\(dead): connect: "))
        #expect(events.current.dropFirst() == [.connected])
        #expect(resolver.lookups.current == 1)
      }
    }
  }

  @Test func `when all have failed calls fail with the reason, and the name is looked up again`()
    async throws
  {
    let dead = [try Self.dead(), try Self.dead()]
    let resolver = ScriptedResolver(dead)
    try await withChannel(to: "tracks", options: options(resolver)) { channel, loop, _ in
      let reply = await channel.call("/unary", on: loop, body: [[1]])
      guard case .connectionLost(let reason) = reply.reason else {
        Issue.record("\(reply.reason)")
        return
      }
      #expect(reason.hasPrefix("tracks: \(dead[1]): connect: Connection refused"))
      #expect(await channel.state == .transientFailure)
      try await wait { resolver.lookups.current > 1 }
      // A server at an address that was not known before.
      try await ServerFixture.run { fixture in
        resolver.list.update { $0 = [fixture.address] }
        await resolver.push([fixture.address])
        let reply = await channel.call("/unary", on: loop, body: [[2]], waitsForReady: true)
        #expect(reply.body == [2])
      }
    }
  }

  @Test func `it goes on trying without a call`() async throws {
    let address = SocketAddress.unix(path: ServerFixture.temporaryPath())
    try await withChannel(to: address, backoff: ChannelTests.quick) { channel, loop, _ in
      #expect(await channel.call("/unary", on: loop).reason != .finished)
      try await ServerFixture.run(listen: [address]) { _ in
        try await wait { await channel.state == .ready }
        #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1])
      }
    }
  }

  @Test func `a lost connection has the name looked up again, and the next call finds the server`()
    async throws
  {
    let resolver = ScriptedResolver(nil)
    try await withChannel(
      to: "tracks", backoff: ChannelTests.quick, options: options(resolver)
    ) { channel, loop, _ in
      for number in UInt8(1)...3 {
        // Each time at another port.
        try await ServerFixture.run { fixture in
          resolver.list.update { $0 = [fixture.address] }
          let reply = await channel.call(
            "/unary", on: loop, body: [[number]], waitsForReady: true)
          #expect(reply.body == [number])
        }
        try await wait { await channel.state != .ready }
      }
    }
  }

  @Test func `a lookup that fails takes no address away`() async throws {
    try await ServerFixture.run { fixture in
      let resolver = ScriptedResolver([fixture.address])
      try await withChannel(
        to: "tracks", backoff: ChannelTests.quick, options: options(resolver)
      ) { channel, loop, events in
        #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1])
        for answer in [nil, []] as [[SocketAddress]?] {
          resolver.list.update { $0 = answer }
          let lookups = resolver.lookups.current
          loop.execute { channel.core.requestResolution() }
          try await wait { resolver.lookups.current > lookups + 1 }
          #expect(await channel.call("/unary", on: loop, body: [[1]]).body == [1])
        }
        let reasons = events.current.compactMap { event in
          if case .failed(let reason, _) = event { reason } else { String?.none }
        }
        #expect(Set(reasons) == ["the name is not known today", "the name has no address"])
      }
      #expect(fixture.events.current.filter(\.isOpened).count == 1)
    }
  }

  @Test func `without any address calls fail with the resolver's words`() async throws {
    let resolver = ScriptedResolver(nil)
    try await withChannel(to: "tracks", options: options(resolver)) { channel, loop, _ in
      let reply = await channel.call("/unary", on: loop)
      #expect(reply.reason == .connectionLost("tracks: the name is not known today"))
    }
  }

  @Test func `when the address in use leaves the list the next call goes elsewhere`() async throws {
    try await ServerFixture.run { first in
      try await ServerFixture.run { second in
        let resolver = ScriptedResolver([first.address])
        try await withChannel(to: "tracks", options: options(resolver)) { channel, loop, _ in
          async let held = channel.call("/wait", on: loop, body: [[1]])
          await first.handler.waitUntilOpened(1)
          // It stays while it is listed, in whatever place.
          await resolver.push([second.address, first.address])
          #expect(await channel.call("/unary", on: loop, body: [[2]]).body == [2])
          #expect(second.handler.opened.current.isEmpty)
          await resolver.push([second.address])
          while second.handler.opened.current.isEmpty {
            #expect(await channel.call("/unary", on: loop, body: [[3]]).body == [3])
          }
          first.handler.release()
          #expect(await held.body == [1])
        }
      }
    }
  }
}
