import RPC
import RPCInProcess
import Wire

/// A server and a client on one in-process connection, with a clock set by hand.
struct TestBed {
  let loop: InProcessLoop
  let transport: InProcessTransport
  private let looks: LookedAtTransport
  let server: RPCServer
  let client: RPCClient
  let echo: EchoClient
  let summaries: SummaryRecorder

  /// Serves `service` while `body` runs, then drains; returns when the server has ended.
  static func run<R>(
    _ service: any RegistrableService = TestEcho(), admission: (any RequestAdmission)? = nil,
    interceptors: [any ServerInterceptor] = [], observers: [any CallObserver] = [],
    limits: RPCLimits = RPCLimits(), shedding: LoadShedding = LoadShedding(),
    encodings: [any MessageEncoding] = [], webProtocols: Set<WebProtocol> = [],
    httpHandler: (any HTTPHandler)? = nil,
    unregisteredMethods: (any UnregisteredMethodHandler)? = nil, web: WebPolicy = WebPolicy(),
    window: Int = 64 << 10, watermark: Int = 64 << 10,
    _ body: (TestBed) async throws -> R
  ) async throws -> R {
    let loop = InProcessLoop(clock: .manual)
    defer { loop.shutdown() }
    let transport = InProcessTransport(
      executor: loop, window: window, sendHighWatermark: watermark)
    let summaries = SummaryRecorder()
    let looks = LookedAtTransport(transport.server)
    let server = RPCServer(
      transports: [looks], services: [service], admission: admission,
      interceptors: interceptors, observers: [summaries] + observers, encodings: encodings,
      limits: limits, shedding: shedding, webProtocols: webProtocols, httpHandler: httpHandler,
      unregisteredMethods: unregisteredMethods, web: web)
    summaries.skipNext()
    let client = RPCClient(transport: transport.client)
    let bed = TestBed(
      loop: loop, transport: transport, looks: looks, server: server, client: client,
      echo: EchoClient(client), summaries: summaries)
    async let serving: Void = server.serve()
    // Any answer shows that the server serves.
    _ = await RawCall.exchange(bed, head: RawCall.head.with("content-type", nil), endStream: true)
    do {
      let result = try await body(bed)
      server.beginGracefulShutdown()
      try await serving
      return result
    } catch {
      server.beginGracefulShutdown()
      try await serving
      throw error
    }
  }
}

extension TestBed {
  /// What a transport does now and then: a second later, it looks after its connections `late`.
  func look(late: Duration = .zero) async {
    loop.advance(by: .seconds(1))
    await withCheckedContinuation { done in
      loop.execute {
        looks.handler?.looked(on: loop, late: late)
        done.resume()
      }
    }
  }
}

/// Keeps what its transport calls.
///
/// `@unchecked Sendable`: `handler` is set before the server answers, and not after.
private final class LookedAtTransport: ServerTransport, @unchecked Sendable {
  private let transport: any ServerTransport
  private(set) var handler: (any ServerStreamHandler)?

  init(_ transport: any ServerTransport) { self.transport = transport }

  func run(_ handler: any ServerStreamHandler) async throws {
    self.handler = handler
    try await transport.run(handler)
  }

  func beginGracefulShutdown() { transport.beginGracefulShutdown() }
}
