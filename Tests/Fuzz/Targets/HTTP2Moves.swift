import Wire

@testable import HTTP2

/// What a peer sends and what a caller does, one after the other as the input has it.
struct HTTP2Moves {
  private let player: SessionPlayer
  private var input: FuzzInput
  private let piece: Int

  private init(_ role: HTTP2Session.Role, _ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 6
    limits.streamWindowBytes = 20_000
    limits.connectionWindowBytes = 65_535
    limits.maxHeaderListBytes = 600
    limits.softHeaderListBytes = 400
    limits.maxHeaderFields = 14
    limits.sendHighWatermark = 5000
    limits.maxSendHeaderBlockBytes = 1000
    limits.maxQueuedFrames = 60
    limits.maxQueuedAcks = 20
    limits.glitches = .init(burst: 100, perSecond: 10)
    limits.resets = .init(burst: 12, perSecond: 1)
    limits.inducedResets = .init(burst: 8, perSecond: 1)
    player = SessionPlayer(role, limits)
    piece = input.pick([3, 40, 500, 1_000_000])
    player.consumes = input.bool()
    self.input = input
  }

  static func play(_ role: HTTP2Session.Role, _ bytes: [UInt8]) {
    var moves = HTTP2Moves(role, bytes)
    moves.player.receive((role == .server ? FrameBytes.preface : []), piece: moves.piece)
    moves.receive(FrameBytes(FrameBytes.settings, []).bytes)
    while !moves.input.isEmpty { moves.move() }
    moves.player.finish()
  }

  private func receive(_ bytes: [UInt8]) { player.receive(bytes, piece: piece) }

  private mutating func move() {
    switch input.choice(24) {
    case 0: receive(input.run())
    case 1: receive(frame())
    case 2, 3, 4: receive(headers())
    case 5, 6: receive(data())
    case 7: receive(windowUpdate())
    case 8: receive(FrameBytes(FrameBytes.reset, stream: id(), number()).bytes)
    case 9: receive(settings())
    case 10: receive(FrameBytes(FrameBytes.ping, flags: input.byte() & 1, eight()).bytes)
    case 11: player.produce(limit: 1 + input.choice(30_000))
    case 12: player.produce()
    case 13: player.wait(milliseconds: UInt64(input.byte()) * 20)
    case 14: endConnection()
    case 15: player.session.ping(UInt64(input.word()))
    case 16: tidy()
    case 17 where player.session.role == .client:
      player.open(.init(literals: fields(request: true)), endStream: input.bool())
    default: act()
    }
  }

  // MARK: The peer

  private mutating func id() -> UInt32 {
    let choice = UInt32(input.choice(18))
    return choice < 16 ? 2 * choice + 1 : choice - 16
  }

  private mutating func number() -> [UInt8] {
    FrameBytes.bigEndian(input.bool() ? UInt32(input.choice(15)) : input.word())
  }

  private mutating func eight() -> [UInt8] { number() + number() }

  private mutating func frame() -> [UInt8] {
    let (type, flags, stream) = (input.byte() % 17, input.byte(), id())
    return FrameBytes(type, flags: flags, stream: stream, input.run()).bytes
  }

  private mutating func fields(request: Bool) -> [(name: [UInt8], value: [UInt8])] {
    var fields = request ? Self.request : Self.response
    let shape = input.byte()
    // Without one of them, with one of them twice, or others.
    if shape & 7 == 1 { fields.remove(at: input.choice(fields.count)) }
    if shape & 7 == 2 { fields.append(fields[input.choice(fields.count)]) }
    if shape & 8 != 0 { fields.append(input.pick(Self.others)) }
    if shape & 16 != 0 { fields.append((Array("x-\(shape)".utf8), input.run())) }
    if shape & 32 != 0 { fields.append((input.run(), input.run())) }
    if shape & 64 != 0 {
      fields += Array(repeating: (Array("x".utf8), [UInt8](repeating: 97, count: 100)), count: 3)
    }
    return fields
  }

  private mutating func headers() -> [UInt8] {
    let isServer = player.session.role == .server
    let (stream, shape) = (id(), input.byte())
    let block =
      shape & 3 == 0
      ? FrameBytes.literals([input.pick(Self.others)])
      : FrameBytes.literals(fields(request: isServer))
    let cut = shape & 4 == 0 ? block.count : input.choice(block.count + 1)
    let pieces = cut == block.count ? [block] : [Array(block[..<cut]), Array(block[cut...])]
    return FrameBytes.block(stream, pieces, endStream: shape & 8 != 0)
  }

  private mutating func data() -> [UInt8] {
    let (stream, shape) = (id(), input.byte())
    let count = input.pick([0, 1, 5, 300, 10_000, 16_384, 16_385])
    return FrameBytes(
      FrameBytes.data, flags: shape & 9, stream: stream, [UInt8](repeating: shape, count: count)
    ).bytes
  }

  private mutating func windowUpdate() -> [UInt8] {
    FrameBytes(FrameBytes.windowUpdate, stream: input.bool() ? 0 : id(), number()).bytes
  }

  private mutating func settings() -> [UInt8] {
    if input.bool() { return FrameBytes(FrameBytes.settings, flags: FrameBytes.ack, []).bytes }
    var entries: [UInt8] = []
    for _ in 0..<input.choice(4) { entries += [0, input.byte() % 10] + number() }
    return FrameBytes(FrameBytes.settings, entries).bytes
  }

  // MARK: The caller

  private mutating func act() {
    guard !player.streams.isEmpty else { return }
    let stream = player.streams[input.choice(player.streams.count)]
    let session = player.session
    switch input.choice(12) {
    case 0 where session.role == .server:
      session.submitHeaders(
        stream, .init(literals: fields(request: false)), endStream: input.bool())
    case 1, 2: session.send(stream, [UInt8](repeating: 9, count: input.choice(40_000)))
    case 3 where session.role == .server:
      session.endWithTrailers(stream, .init(literals: [input.pick(Self.others)]))
    case 4: session.end(stream)
    case 5: session.reset(stream, input.pick([.cancel, .noError, .internalError]))
    case 6: session.consume(stream, input.choice(20_000))
    case 7: session.keep(stream, input.choice(20_000))
    case 8: session.openWindow(stream)
    case 9: player.release(stream)
    default: break
    }
  }

  private mutating func endConnection() {
    switch input.choice(8) {
    case 0: player.session.beginGracefulShutdown()
    case 1: player.session.finishGracefulShutdown()
    case 2: player.session.goAway(.enhanceYourCalm, debug: "calm")
    case 3: player.session.terminate(.noError, debug: "done")
    default: break
    }
  }

  private mutating func tidy() {
    if input.bool() {
      player.session.resetAnswered(after: .milliseconds(Int(input.byte())))
    } else {
      player.session.releaseIdleBuffers()
    }
  }

  private static func field(_ name: String, _ value: String) -> (name: [UInt8], value: [UInt8]) {
    (Array(name.utf8), Array(value.utf8))
  }

  private static let request = [
    field(":method", "POST"), field(":scheme", "http"), field(":path", "/pkg.Service/Method"),
    field(":authority", "localhost"), field("te", "trailers"),
    field("content-type", "application/grpc"),
  ]
  private static let response = [
    field(":status", "200"), field("content-type", "application/grpc"),
  ]
  private static let others = [
    field("grpc-status", "0"), field("grpc-message", "a b"), field("content-length", "5"),
    field("content-length", "0"), field("connection", "close"), field("te", "gzip"),
    field("X", "upper"), field(":late", "pseudo"), field("", "nameless"), field("a", " blanks "),
    field("a", "line\nend"), field("host", "other"), field(":status", "100"),
    field(":method", "CONNECT"), field("transfer-encoding", "chunked"), field("cookie", "a=b"),
  ]
}

extension HeaderFields {
  init(literals fields: [(name: [UInt8], value: [UInt8])]) {
    self.init()
    for field in fields { append(field.name, field.value) }
  }
}
