import HTTP2
import Wire

@testable import HTTP2

/// A session with its events and output.
final class Peer {
  let session: HTTP2Session
  var events: [Event] = []
  var streams: [Int32: HTTP2Stream] = [:]
  /// Body bytes by stream.
  var bodies: [Int32: [UInt8]] = [:]
  /// Whether body bytes are consumed as they come.
  var consumes = true
  var error: HTTP2Error?
  /// The last frame that was produced.
  var lastFrame: Frame?

  init(
    _ role: HTTP2Session.Role, _ limits: HTTP2Limits = HTTP2Limits(),
    clock: @escaping () -> UInt64 = { 0 }
  ) throws {
    session = try HTTP2Session(role: role, limits: limits, clock: clock)
  }

  func receive(_ bytes: [UInt8]) {
    do throws(HTTP2Error) {
      try unsafe session.receive(bytes.span.bytes)
    } catch {
      self.error = error
    }
    drain()
  }

  func receive(_ frames: Frame...) { receive(frames) }

  func receive(_ frames: [Frame]) { receive(frames.flatMap(\.bytes)) }

  /// The bytes that the session wants to send.
  func output(limit: Int = .max) -> [UInt8] {
    var bytes: [UInt8] = []
    while session.produceOutput(into: &bytes, limit: limit) {
      if bytes.count >= limit { break }
    }
    drain()
    return bytes
  }

  func frames() -> [Frame] {
    let frames = Frame.parse(output()) ?? []
    lastFrame = frames.last ?? lastFrame
    return frames
  }

  func drain() {
    while let event = session.nextEvent() { record(event) }
  }

  private func record(_ event: HTTP2Event) {
    events.append(Event(event))
    switch event {
    case .headers(let stream, _, _), .headerListTooLarge(let stream, _, _):
      streams[stream.id] = stream
    case .data(let stream, let range, _):
      let session = session
      let span = session.data(in: range)
      let bytes = unsafe span.withUnsafeBytes { unsafe Array($0) }
      bodies[stream.id, default: []] += bytes
      if consumes { session.consume(stream, range.count) }
    default: break
    }
  }

  func stream(_ id: Int32) throws -> HTTP2Stream {
    guard let stream = streams[id] else { throw NoSuchStream(id: id) }
    return stream
  }

  struct NoSuchStream: Error { var id: Int32 }
}

/// An event as a value.
enum Event: Equatable {
  case headers(Int32, [String], end: Bool)
  case data(Int32, Int, end: Bool)
  case trailers(Int32, [String])
  case tooLarge(Int32, end: Bool)
  case writable(Int32)
  case closed(Int32, HTTP2CloseReason)
  case goAway(Int32, HTTP2ErrorCode, String)
  case settings
  case pingAcked(UInt64)
  case refused(HTTP2Refusal, Int32)
  case malformed(RequestFault, Int32)

  init(_ event: HTTP2Event) {
    self =
      switch event {
      case .headers(let stream, let block, let end): .headers(stream.id, block.lines, end: end)
      case .data(let stream, let range, let end): .data(stream.id, range.count, end: end)
      case .trailers(let stream, let block): .trailers(stream.id, block.lines)
      case .headerListTooLarge(let stream, _, let end): .tooLarge(stream.id, end: end)
      case .writable(let stream): .writable(stream.id)
      case .closed(let stream, let reason): .closed(stream.id, reason)
      case .goAway(let last, let code, let debug): .goAway(last, code, debug)
      case .settings: .settings
      case .pingAcked(let opaque): .pingAcked(opaque)
      case .refused(let refusal, let stream): .refused(refusal, stream)
      case .malformed(let fault, let stream): .malformed(fault, stream)
      }
  }
}

extension HeaderFields {
  /// `name: value` of each field.
  var lines: [String] {
    map { field in
      let name = String(decoding: bytes[field.name], as: UTF8.self)
      return name + ": " + String(decoding: bytes[field.value], as: UTF8.self)
    }
  }

  static let request: HeaderFields = [
    ":method": "POST", ":scheme": "http", ":path": "/pkg.Service/Method", ":authority": "localhost",
    "te": "trailers", "content-type": "application/grpc",
  ]
  static let response: HeaderFields = [":status": "200", "content-type": "application/grpc"]
  static let ok: HeaderFields = ["grpc-status": "0"]
  static let trailersOnly: HeaderFields = [
    ":status": "200", "content-type": "application/grpc", "grpc-status": "12",
  ]
}

/// A server after the exchange of preface and settings.
func startedServer(
  _ limits: HTTP2Limits = HTTP2Limits(), clock: @escaping () -> UInt64 = { 0 }
) throws -> Peer {
  let server = try Peer(.server, limits, clock: clock)
  server.receive(Frame.preface + Frame.settings().bytes)
  _ = server.output()
  server.receive(Frame.settings(ack: true))
  server.events = []
  return server
}

/// A client and a server that have exchanged their settings.
struct Pair {
  let client: Peer
  let server: Peer

  init(client: HTTP2Limits = HTTP2Limits(), server: HTTP2Limits = HTTP2Limits()) throws {
    self.client = try Peer(.client, client)
    self.server = try Peer(.server, server)
    pump()
    self.client.events = []
    self.server.events = []
  }

  /// Carries bytes both ways until neither side sends any more.
  func pump() {
    while true {
      let up = client.output()
      let down = server.output()
      if up.isEmpty && down.isEmpty { return }
      server.receive(up)
      client.receive(down)
    }
  }

  /// Opens a call that has reached the server; returns both ends.
  func open(end: Bool = false) throws -> (client: HTTP2Stream, server: HTTP2Stream) {
    guard let stream = client.session.openStream(.request, endStream: end) else {
      throw Peer.NoSuchStream(id: 0)
    }
    pump()
    return (stream, try server.stream(stream.id))
  }
}
