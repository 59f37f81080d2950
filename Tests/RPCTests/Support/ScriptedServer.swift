import RPC
import RPCInProcess
import Wire

/// A server that answers its streams with one script after the other, and the rest with the last.
/// A script may break any rule.
///
/// `@unchecked Sendable`: its `var` is touched on the loop's thread only.
final class ScriptedServer: ServerStreamHandler, @unchecked Sendable {
  enum Step: Sendable {
    /// Waits until the request has ended. The other steps are done at once.
    case requestEnd
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
  /// The reply `y` to a request that is whole.
  static let answer: [Step] = [
    .requestEnd, .headers(goodHeaders), .data(frame("y")), .trailers(["grpc-status": "0"]),
  ]

  private var scripts: ArraySlice<[Step]>
  /// Each stream's head, when it comes; its body and the reason for its end, when it ends.
  let heads = Recorder<HeaderFields>()
  let bodies = Recorder<[UInt8]>()
  let ends = Recorder<StreamCloseReason>()

  init(_ scripts: [[Step]]) { self.scripts = scripts[...] }

  func streamStarted(
    _ stream: any TransportStream, head: HeaderFields, endStream: Bool
  ) -> any StreamReceiver {
    heads.add(head)
    let script = (scripts.count > 1 ? scripts.popFirst() : scripts.first) ?? []
    let receiver = Receiver(stream, script, bodies, ends)
    receiver.play(hasEnded: endStream)
    return receiver
  }

  private final class Receiver: StreamReceiver {
    private let stream: any TransportStream
    /// What is to be done.
    private var script: ArraySlice<Step>
    private let bodies: Recorder<[UInt8]>
    private let ends: Recorder<StreamCloseReason>
    private var body: [UInt8] = []

    init(
      _ stream: any TransportStream, _ script: [Step], _ bodies: Recorder<[UInt8]>,
      _ ends: Recorder<StreamCloseReason>
    ) {
      self.stream = stream
      self.script = script[...]
      self.bodies = bodies
      self.ends = ends
    }

    /// Does the steps that need not wait.
    ///
    /// - Parameter hasEnded: whether the request has.
    func play(hasEnded: Bool) {
      while let step = script.first {
        if case .requestEnd = step, !hasEnded { return }
        script.removeFirst()
        switch step {
        case .requestEnd: break
        case .headers(let fields): stream.sendHeaders(fields, endStream: false)
        case .headersOnly(let fields): stream.sendHeaders(fields, endStream: true)
        case .data(let bytes): stream.send(bytes)
        case .trailers(let fields): stream.sendTrailers(fields)
        case .end: stream.sendEnd()
        case .reset(let reason): stream.reset(reason)
        }
      }
    }

    func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}

    func received(_ bytes: RawSpan, endStream: Bool) {
      unsafe bytes.withUnsafeBytes { unsafe body.append(contentsOf: $0) }
      stream.consumed(bytes.byteCount)
      if endStream { play(hasEnded: true) }
    }

    func receivedTrailers(_ fields: HeaderFields) {}
    func writable() {}
    func timerFired() {}

    func closed(_ reason: StreamCloseReason) {
      bodies.add(body)
      ends.add(reason)
    }
  }

  /// Runs a client against the scripts.
  static func run(
    _ scripts: [[Step]], config: ServiceConfig = ServiceConfig(),
    interceptors: [any ClientInterceptor] = [],
    credentials: (any CallCredentials)? = nil, scheme: String = "http",
    observer: (any ClientCallObserver)? = nil,
    clock: InProcessLoop.Clock = .system, prepare: (RPCClient) -> Void = { _ in },
    _ body: (EchoClient, ScriptedServer, InProcessLoop) async throws -> Void
  ) async throws {
    let loop = InProcessLoop(clock: clock)
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = ScriptedServer(scripts)
    let serving = Task { try await transport.server.run(server) }
    do {
      let client = RPCClient(
        transport: transport.client, scheme: scheme, serviceConfig: config,
        interceptors: interceptors, credentials: credentials,
        observer: observer)
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
