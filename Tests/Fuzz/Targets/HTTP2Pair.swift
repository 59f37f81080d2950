import Wire

@testable import HTTP2

extension FuzzTarget {
  /// Whatever the callers of two sessions do, neither finds fault with the other.
  static let http2Pair = FuzzTarget(name: "http2-pair", maxLength: 600) { bytes in
    var pair = HTTP2Pair(bytes)
    pair.play()
  }
}

/// A client and a server, whose bytes are carried as the input has it.
private struct HTTP2Pair {
  private var input: FuzzInput
  private let client: SessionPlayer
  private let server: SessionPlayer
  private var toClient: [UInt8] = []
  private var toServer: [UInt8] = []

  init(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = input.pick([1, 3, 1000])
    limits.streamWindowBytes = input.pick([200, 65_535, 1 << 20])
    limits.connectionWindowBytes = input.pick([65_535, 1 << 20])
    limits.headerTableBytes = input.pick([0, 64, 4096])
    limits.sendHeaderTableBytes = limits.headerTableBytes
    client = SessionPlayer(.client, limits)
    server = SessionPlayer(.server, limits)
    self.input = input
    // The limits of both are known before the first call: above them, calls are refused.
    settle()
  }

  mutating func play() {
    while !input.isEmpty {
      switch input.choice(12) {
      case 0, 1: client.open(Self.request, endStream: input.bool())
      case 2: carry(limit: 1 + input.choice(20_000))
      case 3, 4, 5: act(on: client)
      case 6...10: act(on: server)
      default: drain()
      }
    }
    for player in [client, server] {
      player.consumes = true
      for stream in player.streams { player.session.consume(stream, .max) }
      for stream in player.streams { player.session.openWindow(stream) }
    }
    settle()
    checkNoFault()
    // The client's end of what is left is told to the server, and the other way round.
    for stream in client.streams { client.session.reset(stream, .cancel) }
    settle()
    checkNoFault()
    check(server.session.openStreams == 0, "the server keeps streams that the client gave up")
    for player in [client, server] { player.finish() }
  }

  private func checkNoFault() {
    check(client.error == nil && client.session.failure == nil, "\(client.error, default: "")")
    check(server.error == nil && server.session.failure == nil, "\(server.error, default: "")")
    for line in client.transcript.all + server.transcript.all where line.hasPrefix("malformed") {
      check(false, line)
    }
  }

  private mutating func carry(limit: Int) {
    toServer += client.produce(limit: limit)
    toClient += server.produce(limit: limit)
    let (up, down) = (min(limit, toServer.count), min(limit, toClient.count))
    server.receive(Array(toServer.prefix(up)))
    client.receive(Array(toClient.prefix(down)))
    toServer.removeFirst(up)
    toClient.removeFirst(down)
  }

  private mutating func settle() {
    for _ in 0..<50_000 {
      carry(limit: .max)
      if toServer.isEmpty, toClient.isEmpty, !client.session.wantsWrite, !server.session.wantsWrite
      {
        return
      }
    }
    check(false, "two sessions do not come to rest")
  }

  private mutating func act(on player: SessionPlayer) {
    guard !player.streams.isEmpty else { return }
    let stream = player.streams[input.choice(player.streams.count)]
    let (session, isServer) = (player.session, player.session.role == .server)
    switch input.choice(10) {
    case 0 where isServer: session.submitHeaders(stream, Self.response, endStream: false)
    case 1 where isServer: session.submitHeaders(stream, Self.trailersOnly, endStream: true)
    case 2, 3: session.send(stream, [UInt8](repeating: 5, count: input.choice(20_000)))
    case 4 where isServer: session.endWithTrailers(stream, Self.trailers)
    case 5: session.end(stream)
    case 6 where input.choice(4) == 0: session.reset(stream, .cancel)
    case 7: session.consume(stream, input.choice(70_000))
    case 8: session.keep(stream, input.choice(70_000))
    case 9: session.openWindow(stream)
    default: break
    }
  }

  private mutating func drain() {
    switch input.choice(16) {
    case 0: server.session.beginGracefulShutdown()
    case 1: client.session.beginGracefulShutdown()
    case 2: server.session.ping(7)
    case 3: server.session.resetAnswered(after: .zero)
    case 4: for stream in server.streams where stream.isClosed { server.release(stream) }
    default: break
    }
  }

  private static let request: HeaderFields = [
    ":method": "POST", ":scheme": "http", ":path": "/pkg.Service/Method", ":authority": "a",
    "te": "trailers", "content-type": "application/grpc", "x": "some value",
  ]
  private static let response: HeaderFields = [
    ":status": "200", "content-type": "application/grpc",
  ]
  private static let trailers: HeaderFields = ["grpc-status": "0", "x": "some value"]
  private static let trailersOnly: HeaderFields = [":status": "200", "grpc-status": "12"]
}
