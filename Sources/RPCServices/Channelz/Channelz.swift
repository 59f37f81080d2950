import EventLoop
import Protobuf
import RPC
import RPCHTTP2

/// Answers channelz.
struct Channelz: ChannelzServer {
  /// What has sockets, by its number.
  private enum Owner: Sendable {
    case transport(HTTP2ServerTransport)
    case channel(HTTP2Channel)
  }

  /// Server `n` is the n-th of these, counted from 1; channels go on counting, then subchannels.
  private let servers: [ChannelzService.Server]
  private let channels: [HTTP2Channel]
  /// The first counts as 1.
  private let owners: [Owner]
  /// The number of each server's first transport among the owners.
  private let firstTransports: [Int]

  init(_ servers: [ChannelzService.Server], _ channels: [HTTP2Channel]) {
    self.servers = servers
    self.channels = channels
    var owners: [Owner] = []
    var firstTransports: [Int] = []
    for server in servers {
      firstTransports.append(owners.count + 1)
      owners += server.transports.map { .transport($0) }
    }
    self.owners = owners + channels.map { .channel($0) }
    self.firstTransports = firstTransports
  }

  // MARK: Servers

  func getServers(
    _ request: GetServersRequest, context: ServerContext
  ) async throws -> GetServersResponse {
    try check(request.maxResults)
    let page = ChannelzPage(
      Array(servers.indices), from: request.startServerId, wish: request.maxResults
    ) { Int64($0 + 1) }
    var response = GetServersResponse()
    response.server = page.elements.map { server($0) }
    response.end = page.isLast
    return response
  }

  func getServer(
    _ request: GetServerRequest, context: ServerContext
  ) async throws -> GetServerResponse {
    var response = GetServerResponse()
    response.server = server(try index(ofServer: request.serverId))
    return response
  }

  func getServerSockets(
    _ request: GetServerSocketsRequest, context: ServerContext
  ) async throws -> GetServerSocketsResponse {
    try check(request.maxResults)
    let server = try index(ofServer: request.serverId)
    var all: [SocketRef] = []
    for (position, transport) in servers[server].transports.enumerated() {
      let infos = await transport.liveConnections().sorted { $0.id < $1.id }
      all += infos.map { SocketRef($0, owner: firstTransports[server] + position) }
    }
    let page = ChannelzPage(all, from: request.startSocketId, wish: request.maxResults) {
      $0.socketId
    }
    var response = GetServerSocketsResponse()
    response.socketRef = page.elements
    response.end = page.isLast
    return response
  }

  private func index(ofServer number: Int64) throws(RPCError) -> Int {
    guard number >= 1, number <= servers.count else { throw RPCError.unknown("server", number) }
    return Int(number) - 1
  }

  private func server(_ index: Int) -> Server {
    let server = servers[index]
    var message = Server()
    message.ref = ServerRef()
    message.ref?.serverId = Int64(index + 1)
    message.ref?.name = server.name
    message.data = ServerData(server.calls)
    for (position, transport) in server.transports.enumerated() {
      let owner = firstTransports[index] + position
      message.listenSocket += transport.listeningAddresses.enumerated().map {
        SocketRef(.listening(owner: owner, index: $0), name: $1.description)
      }
    }
    return message
  }

  // MARK: Channels

  func getTopChannels(
    _ request: GetTopChannelsRequest, context: ServerContext
  ) async throws -> GetTopChannelsResponse {
    try check(request.maxResults)
    let page = ChannelzPage(
      Array(channels.indices), from: request.startChannelId, wish: request.maxResults
    ) { channelNumber($0) }
    var response = GetTopChannelsResponse()
    for index in page.elements { response.channel.append(await channel(index)) }
    response.end = page.isLast
    return response
  }

  func getChannel(
    _ request: GetChannelRequest, context: ServerContext
  ) async throws -> GetChannelResponse {
    guard let index = channels.indices.first(where: { channelNumber($0) == request.channelId })
    else { throw RPCError.unknown("channel", request.channelId) }
    var response = GetChannelResponse()
    response.channel = await channel(index)
    return response
  }

  func getSubchannel(
    _ request: GetSubchannelRequest, context: ServerContext
  ) async throws -> GetSubchannelResponse {
    let wanted = request.subchannelId
    guard let index = channels.indices.first(where: { subchannelNumber($0) == wanted }) else {
      throw RPCError.unknown("subchannel", wanted)
    }
    let info = await channels[index].info()
    let owner = owners.count - channels.count + index + 1
    var response = GetSubchannelResponse()
    response.subchannel = Subchannel()
    response.subchannel?.ref = subchannelRef(index, info)
    response.subchannel?.data = ChannelData(info)
    response.subchannel?.socketRef = info.connections.sorted { $0.id < $1.id }
      .map { SocketRef($0, owner: owner) }
    return response
  }

  private func channelNumber(_ index: Int) -> Int64 { Int64(servers.count + index + 1) }

  private func subchannelNumber(_ index: Int) -> Int64 {
    Int64(servers.count + channels.count + index + 1)
  }

  private func channel(_ index: Int) async -> Channel {
    let info = await channels[index].info()
    var message = Channel()
    message.ref = ChannelRef()
    message.ref?.channelId = channelNumber(index)
    message.ref?.name = info.target
    message.data = ChannelData(info)
    message.subchannelRef = [subchannelRef(index, info)]
    return message
  }

  private func subchannelRef(_ index: Int, _ info: ChannelInfo) -> SubchannelRef {
    var ref = SubchannelRef()
    ref.subchannelId = subchannelNumber(index)
    ref.name = info.target
    return ref
  }

  // MARK: Sockets

  func getSocket(
    _ request: GetSocketRequest, context: ServerContext
  ) async throws -> GetSocketResponse {
    guard let socket = try await socket(request.socketId) else {
      throw RPCError.unknown("socket", request.socketId)
    }
    var response = GetSocketResponse()
    response.socket = socket
    return response
  }

  private func socket(_ number: Int64) async throws -> Socket? {
    switch ChannelzNumbers.socket(number) {
    case nil: return nil
    case .listening(let owner, let index):
      guard case .transport(let transport) = self.owner(owner),
        transport.listeningAddresses.indices.contains(index)
      else { return nil }
      return Socket(listening: transport.listeningAddresses[index], number)
    case .connection(let owner, let id):
      let details =
        switch self.owner(owner) {
        case .transport(let transport): await transport.liveConnection(id)
        case .channel(let channel): await channel.liveConnection(id)
        case nil: ConnectionDetails?.none
        }
      return details.map { Socket($0, number) }
    }
  }

  private func owner(_ number: Int) -> Owner? {
    owners.indices.contains(number - 1) ? owners[number - 1] : nil
  }

  private func check(_ maxResults: Int64) throws(RPCError) {
    if maxResults < 0 { throw RPCError(.invalidArgument, "max_results: is negative") }
  }
}

extension RPCError {
  fileprivate static func unknown(_ kind: String, _ number: Int64) -> RPCError {
    RPCError(.notFound, "unknown \(kind) \(number)")
  }
}
