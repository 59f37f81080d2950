import EventLoop
import HTTP2
import RPC
import RPCHTTP2
import RPCServices

/// The listener for those who run trackd: on a loop and within limits of its own, so that neither
/// side can hold up the other, and up until everything else has ended.
struct AdminServer: Sendable {
  let address: SocketAddress
  private let loops: EventLoopGroup
  private let rpc: RPCServer

  /// Listens; serves nothing yet. Only with `AdminOptions.listen`.
  ///
  /// - Throws: `ListenError` and `SystemError`.
  init?(
    _ options: ServeOptions, health: HealthRegistry, checks: ReadinessChecks,
    census: StoreCensusTaker, _ sources: MetricSources
  ) throws {
    guard let address = options.admin.listen else { return nil }
    let routes = AdminRoutes(
      checks: checks, metrics: ExpositionCache(sources.registry(census)), census: census,
      servesAll: address.isLocal || options.admin.opensMetrics)
    loops = try EventLoopGroup(count: 1)
    let transport = try HTTP2ServerTransport(
      addresses: [address], loops: loops.loops, limits: Self.connectionLimits,
      unixMode: options.unixMode)
    self.address = transport.listeningAddresses[0]
    var limits = RPCLimits()
    limits.maxHTTPBodyBytes = 1024
    limits.maxReceiveMessageBytes = 64 << 10
    limits.maxHandlersInFlight = 256
    limits.requestMessageTimeout = .seconds(5)
    // Who asks how it is gets an answer, however much there is to do.
    var shedding = LoadShedding()
    shedding.maxLoopLag = nil
    var policy = WebPolicy()
    policy.hosts = options.web.hosts
    rpc = RPCServer(
      transports: [transport], services: [HealthService(health)], limits: limits,
      shedding: shedding, httpHandler: routes, web: policy)
  }

  /// Connections that it may have, which those of the main listeners leave descriptors for.
  static let maxConnections = 256

  private static var connectionLimits: ConnectionLimits {
    var limits = ConnectionLimits()
    limits.maxConnections = maxConnections
    // A stranger may not fill it, with watches of its health for instance.
    limits.maxConnectionsPerPeer = 64
    limits.age = ConnectionAge(maximum: .seconds(300), grace: .seconds(10))
    limits.handshakeTimeout = .seconds(5)
    limits.headerBlockTimeout = .seconds(5)
    limits.stalledWriteTimeout = .seconds(5)
    limits.idleTimeout = .seconds(120)
    limits.unusedTimeout = .seconds(10)
    limits.maxHeldBytes = 1 << 20
    limits.maxQueuedBytes = 1 << 20
    limits.maxQueuedBytesInAll = 8 << 20
    limits.http2.maxConcurrentStreams = 32
    limits.windowGrowth = nil
    return limits
  }

  /// Serves until its task is cancelled, which ends all of its connections.
  func serve() async {
    // The transport throws nothing once it listens.
    try? await rpc.serve()
    await loops.shutdown()
  }
}
