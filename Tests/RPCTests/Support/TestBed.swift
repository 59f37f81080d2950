import RPC
import RPCInProcess
import Wire

/// A server and a client on one in-process connection, with a clock set by hand.
struct TestBed {
  let loop: InProcessLoop
  let transport: InProcessTransport
  let server: RPCServer
  let client: RPCClient
  let echo: EchoClient
  let summaries: SummaryRecorder

  /// Serves `service` while `body` runs, then drains; returns when the server has ended.
  static func run<R>(
    _ service: any RegistrableService = TestEcho(), admission: (any RequestAdmission)? = nil,
    interceptors: [any ServerInterceptor] = [], observers: [any CallObserver] = [],
    limits: RPCLimits = RPCLimits(), encodings: [any MessageEncoding] = [],
    httpHandler: (any HTTPHandler)? = nil, web: WebPolicy = WebPolicy(),
    window: Int = 64 << 10, watermark: Int = 64 << 10,
    _ body: (TestBed) async throws -> R
  ) async throws -> R {
    let loop = InProcessLoop(clock: .manual)
    defer { loop.shutdown() }
    let transport = InProcessTransport(
      executor: loop, window: window, sendHighWatermark: watermark)
    let summaries = SummaryRecorder()
    let server = RPCServer(
      transports: [transport.server], services: [service], admission: admission,
      interceptors: interceptors, observers: [summaries] + observers, encodings: encodings,
      limits: limits, httpHandler: httpHandler, web: web)
    summaries.skipNext()
    let client = RPCClient(transport: transport.client)
    let bed = TestBed(
      loop: loop, transport: transport, server: server, client: client,
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
