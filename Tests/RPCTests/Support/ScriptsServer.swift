import RPC
import RPCInProcess
import Wire

/// A server that answers its streams with one script after the other, and the rest with the last.
///
/// `@unchecked Sendable`: its `var` is touched on the loop's thread only.
final class ScriptsServer: ServerStreamHandler, @unchecked Sendable {
  private var scripts: ArraySlice<[ScriptedServer.Step]>
  /// Each stream's head, when it comes, and its body, when it ends.
  let heads = Recorder<HeaderFields>()
  let bodies = Recorder<[UInt8]>()

  /// Trailers-Only do not wait for the request's end.
  private let atOnce: Bool

  init(_ scripts: [[ScriptedServer.Step]], atOnce: Bool) {
    self.scripts = scripts[...]
    self.atOnce = atOnce
  }

  func streamStarted(
    _ stream: any TransportStream, head: HeaderFields, endStream: Bool
  ) -> any StreamReceiver {
    heads.add(head)
    let script = (scripts.count > 1 ? scripts.popFirst() : scripts.first) ?? []
    return Receiver(stream, script, bodies, atOnce: atOnce)
  }

  /// Answers at the request's end; a reset comes at once.
  private final class Receiver: StreamReceiver {
    private let stream: any TransportStream
    private var script: [ScriptedServer.Step]
    private let bodies: Recorder<[UInt8]>
    private var body: [UInt8] = []

    init(
      _ stream: any TransportStream, _ script: [ScriptedServer.Step], _ bodies: Recorder<[UInt8]>,
      atOnce: Bool
    ) {
      self.stream = stream
      self.script = script
      self.bodies = bodies
      switch script.first {
      case .reset: answer()
      case .headersOnly where atOnce: answer()
      default: break
      }
    }

    private func answer() {
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
      script = []
    }

    func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}

    func received(_ bytes: RawSpan, endStream: Bool) {
      unsafe bytes.withUnsafeBytes { unsafe body.append(contentsOf: $0) }
      stream.consumed(bytes.byteCount)
      if endStream { answer() }
    }

    func receivedTrailers(_ fields: HeaderFields) {}
    func writable() {}
    func timerFired() {}
    func closed(_ reason: StreamCloseReason) { bodies.add(body) }
  }

  /// Runs a client against the scripts.
  static func run(
    _ scripts: [[ScriptedServer.Step]], config: ServiceConfig = ServiceConfig(),
    interceptors: [any ClientInterceptor] = [],
    credentials: (any CallCredentials)? = nil, scheme: String = "http",
    atOnce: Bool = false, clock: InProcessLoop.Clock = .system,
    prepare: (RPCClient) -> Void = { _ in },
    _ body: (EchoClient, ScriptsServer, InProcessLoop) async throws -> Void
  ) async throws {
    let loop = InProcessLoop(clock: clock)
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = ScriptsServer(scripts, atOnce: atOnce)
    let serving = Task { try await transport.server.run(server) }
    do {
      let client = RPCClient(
        transport: transport.client, scheme: scheme, serviceConfig: config,
        interceptors: interceptors, credentials: credentials)
      prepare(client)
      try await body(EchoClient(client), server, loop)
    } catch {
      serving.cancel()
      throw error
    }
    transport.client.beginGracefulShutdown()
    try await serving.value
  }
}
