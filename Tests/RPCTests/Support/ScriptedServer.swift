import RPC
import RPCInProcess
import Wire

/// A server that answers every stream with the same script, which may break any rule.
struct ScriptedServer: ServerStreamHandler {
  enum Step: Sendable {
    case headers(HeaderFields)
    case headersOnly(HeaderFields)
    case data([UInt8])
    case trailers(HeaderFields)
    case end
    case reset(StreamResetReason)
  }

  static let goodHeaders: HeaderFields = [
    ":status": "200", "content-type": "application/grpc",
  ]

  let script: [Step]
  /// Record the head of every stream, and its end.
  let heads = Recorder<HeaderFields>()
  let ends = Recorder<StreamCloseReason>()

  func streamStarted(
    _ stream: any TransportStream, head: HeaderFields, endStream: Bool
  ) -> any StreamReceiver {
    heads.add(head)
    for step in script {
      switch step {
      case .headers(let fields): stream.sendHeaders(fields, endStream: false)
      case .headersOnly(let fields): stream.sendHeaders(fields, endStream: true)
      case .data(let bytes): stream.send(bytes)
      case .trailers(let fields): stream.sendTrailers(fields)
      case .end: stream.sendEnd()
      case .reset(let reason): stream.reset(reason)
      }
    }
    return Receiver(stream, ends)
  }

  private final class Receiver: StreamReceiver {
    let stream: any TransportStream
    let ends: Recorder<StreamCloseReason>

    init(_ stream: any TransportStream, _ ends: Recorder<StreamCloseReason>) {
      self.stream = stream
      self.ends = ends
    }

    func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}
    func received(_ bytes: RawSpan, endStream: Bool) { stream.consumed(bytes.byteCount) }
    func receivedTrailers(_ fields: HeaderFields) {}
    func writable() {}
    func timerFired() {}
    func closed(_ reason: StreamCloseReason) { ends.add(reason) }
  }

  /// Runs a client against a script.
  static func run(
    _ script: [Step], _ body: (EchoClient, ScriptedServer, InProcessLoop) async throws -> Void
  ) async throws {
    let loop = InProcessLoop(clock: .manual)
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = ScriptedServer(script: script)
    let serving = Task { try await transport.server.run(server) }
    do {
      try await body(EchoClient(RPCClient(transport: transport.client)), server, loop)
    } catch {
      serving.cancel()
      throw error
    }
    transport.client.beginGracefulShutdown()
    try await serving.value
  }
}
