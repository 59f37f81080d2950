import EventLoop
import Protobuf
import RPC
import RPCHTTP2
import Testing

@testable import RPCServices

/// What channelz tells of a server and of the channel that asks, over a socket.
@Suite(.timeLimit(.minutes(2))) struct ChannelzTests {
  private struct Fixture {
    let channelz: ChannelzClient
    let health: HealthClient
    let address: SocketAddress
  }

  private func run(_ body: (Fixture) async throws -> Void) async throws {
    let loops = try EventLoopGroup(count: 3)
    let loopback = try #require(SocketAddress("127.0.0.1:0"))
    let transport = try HTTP2ServerTransport(
      addresses: [loopback], loops: Array(loops.loops.prefix(2)))
    let address = transport.listeningAddresses[0]
    let channel = HTTP2Channel(target: address.description, loop: loops.loops[2])
    let calls = ServerCallCounter()
    let channelz = ChannelzService(
      servers: [.init(name: "tested", transports: [transport], calls: calls)],
      channels: [channel])
    let server = RPCServer(
      transports: [transport], services: [HealthService(HealthRegistry()), channelz],
      observers: [calls])
    let client = RPCClient(transport: channel)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      group.addTask { try await client.run() }
      do {
        try await body(
          Fixture(
            channelz: ChannelzClient(client), health: HealthClient(client), address: address))
      } catch {
        Issue.record(error)
      }
      client.beginGracefulShutdown()
      server.beginGracefulShutdown()
      try await group.waitForAll()
    }
    await loops.shutdown()
  }

  private func socket(_ ref: SocketRef?, _ fixture: Fixture) async throws -> RPCServices.Socket? {
    var request = GetSocketRequest()
    request.socketId = try #require(ref).socketId
    return try await fixture.channelz.getSocket(request).socket
  }

  @Test func `a server tells its calls`() async throws {
    try await run { fixture in
      for _ in 0..<5 { _ = try await fixture.health.check(HealthCheckRequest()) }
      var unknown = HealthCheckRequest()
      unknown.service = "nothing"
      await #expect(throws: RPCError.self) { try await fixture.health.check(unknown) }
      let response = try await fixture.channelz.getServers(GetServersRequest())
      #expect(response.end)
      let server = try #require(response.server.first)
      #expect(server.ref?.serverId == 1 && server.ref?.name == "tested")
      #expect(server.data?.callsStarted == 7)
      #expect(server.data?.callsSucceeded == 5)
      #expect(server.data?.callsFailed == 1)
      let seconds = try #require(server.data?.lastCallStartedTimestamp).seconds
      #expect(abs(seconds - WallClock.nowMicroseconds() / 1_000_000) < 60)

      var one = GetServerRequest()
      one.serverId = 1
      let again = try await fixture.channelz.getServer(one).server
      #expect(again?.ref == server.ref && again?.listenSocket == server.listenSocket)
      let listening = try #require(try await socket(server.listenSocket.first, fixture))
      guard case .tcpipAddress(let local) = listening.local?.address else {
        Issue.record("\(listening)")
        return
      }
      #expect(local.ipAddress == [127, 0, 0, 1])
      #expect(UInt16(local.port) == fixture.address.port)
    }
  }

  @Test func `both ends of a connection tell the same`() async throws {
    try await run { fixture in
      for _ in 0..<5 { _ = try await fixture.health.check(HealthCheckRequest()) }
      var request = GetServerSocketsRequest()
      request.serverId = 1
      let sockets = try await fixture.channelz.getServerSockets(request)
      #expect(sockets.socketRef.count == 1 && sockets.end)
      let accepted = try #require(try await socket(sockets.socketRef.first, fixture))
      let seen = try #require(accepted.data)
      // The calls of health, the one for the sockets, and the one that asks.
      #expect(seen.streamsStarted == 7 && seen.streamsSucceeded == 6 && seen.streamsFailed == 0)
      #expect(seen.messagesReceived == 7 && seen.messagesSent == 6)
      #expect(seen.keepAlivesSent == 0)
      #expect(seen.lastRemoteStreamCreatedTimestamp != nil)
      #expect(seen.lastLocalStreamCreatedTimestamp == nil)
      #expect(seen.lastMessageSentTimestamp != nil && seen.lastMessageReceivedTimestamp != nil)
      #expect(try #require(seen.localFlowControlWindow).value > 0)
      #expect(try #require(seen.remoteFlowControlWindow).value > 0)

      let channels = try await fixture.channelz.getTopChannels(GetTopChannelsRequest())
      let channel = try #require(channels.channel.first)
      #expect(channel.ref?.channelId == 2 && channels.end && channels.channel.count == 1)
      #expect(channel.data?.target == fixture.address.description)
      #expect(channel.data?.state?.state == .ready)
      #expect(channel.data?.callsStarted == 8 && channel.data?.callsSucceeded == 7)
      #expect(channel.data?.callsFailed == 0)
      var wanted = GetSubchannelRequest()
      wanted.subchannelId = try #require(channel.subchannelRef.first).subchannelId
      #expect(wanted.subchannelId == 3)
      let subchannel = try #require(try await fixture.channelz.getSubchannel(wanted).subchannel)
      #expect(subchannel.socketRef.count == 1)
      let made = try #require(try await socket(subchannel.socketRef.first, fixture))
      #expect(made.local == accepted.remote && made.remote == accepted.local)
      #expect(made.data?.streamsStarted == 10 && made.data?.streamsSucceeded == 9)
      #expect(made.data?.messagesSent == 10 && made.data?.messagesReceived == 9)
      #expect(made.data?.lastLocalStreamCreatedTimestamp != nil)
    }
  }

  @Test func `a call that its client gives up has failed, at both ends`() async throws {
    try await run { fixture in
      try await fixture.health.watch(HealthCheckRequest()) { responses in
        var iterator = responses.makeAsyncIterator()
        _ = try await iterator.next()
      }
      var request = GetServerSocketsRequest()
      request.serverId = 1
      let sockets = try await fixture.channelz.getServerSockets(request)
      let accepted = try #require(try await socket(sockets.socketRef.first, fixture)?.data)
      #expect(accepted.streamsFailed == 1 && accepted.streamsSucceeded == 1)
      var wanted = GetChannelRequest()
      wanted.channelId = 2
      let data = try await fixture.channelz.getChannel(wanted).channel?.data
      #expect(data?.callsFailed == 1 && data?.callsSucceeded == 2)
    }
  }

  @Test(arguments: [Int64.min, -1, 0, 2, 99, Int64.max]) func `what there is not is NOT_FOUND`(
    number: Int64
  ) async throws {
    try await run { fixture in
      func expectNotFound(_ call: () async throws -> Void) async {
        let error = await #expect(throws: RPCError.self) { try await call() }
        #expect(error?.code == .notFound)
      }
      await expectNotFound {
        var request = GetServerRequest()
        request.serverId = number
        _ = try await fixture.channelz.getServer(request)
      }
      await expectNotFound {
        var request = GetServerSocketsRequest()
        request.serverId = number
        _ = try await fixture.channelz.getServerSockets(request)
      }
      await expectNotFound {
        var request = GetChannelRequest()
        request.channelId = number == 2 ? 3 : number
        _ = try await fixture.channelz.getChannel(request)
      }
      await expectNotFound {
        var request = GetSubchannelRequest()
        request.subchannelId = number
        _ = try await fixture.channelz.getSubchannel(request)
      }
      await expectNotFound {
        var request = GetSocketRequest()
        request.socketId = number
        _ = try await fixture.channelz.getSocket(request)
      }
    }
  }

  @Test func `a page of negative size is INVALID_ARGUMENT`() async throws {
    try await run { fixture in
      var request = GetServersRequest()
      request.maxResults = -1
      let error = await #expect(throws: RPCError.self) {
        try await fixture.channelz.getServers(request)
      }
      #expect(error?.code == .invalidArgument)
    }
  }
}

@Suite(.timeLimit(.minutes(2))) struct ChannelzNumbersTests {
  @Test(arguments: [
    ChannelzNumbers.Socket.connection(owner: 1, id: 1),
    .connection(owner: 3, id: 5_000_000_000), .listening(owner: 1, index: 0),
    .listening(owner: 2, index: 7),
  ])
  func `a number names its socket`(socket: ChannelzNumbers.Socket) {
    let number = ChannelzNumbers.number(socket)
    #expect(number > 0)
    #expect(ChannelzNumbers.socket(number) == socket)
  }

  @Test func `pages cover everything once`() {
    let all = (1...250).map(Int64.init)
    var found: [Int64] = []
    var page = ChannelzPage(all, from: 0, wish: 0) { $0 }
    #expect(page.elements.count == ChannelzPage<Int64>.usual)
    while true {
      found += page.elements
      if page.isLast { break }
      page = ChannelzPage(all, from: (found.last ?? 0) + 1, wish: 60) { $0 }
    }
    #expect(found == all)
    #expect(ChannelzPage([Int64](), from: 0, wish: 0) { $0 }.isLast)
    #expect(ChannelzPage(all, from: 0, wish: 250) { $0 }.isLast)
    #expect(!ChannelzPage(all, from: 0, wish: 249) { $0 }.isLast)
    let many = (1...2000).map(Int64.init)
    #expect(ChannelzPage(many, from: 0, wish: .max) { $0 }.elements.count == 1000)
  }
}
