import Synchronization

/// Serves gRPC services on any number of transports.
///
///     let listening = try HTTP2ServerTransport(addresses: [address], loops: loops)
///     let server = RPCServer(transports: [listening], services: [Greeter()])
///     async let serving: Void = server.serve()
///     ...
///     server.beginGracefulShutdown()
///     try await serving
///
/// <doc:ServeYourOwnProtos> is a complete program.
public final class RPCServer: Sendable {
  private enum Lifecycle: UInt8, AtomicRepresentable {
    /// -> serving by `serve`, -> stopped by `beginGracefulShutdown`.
    case idle
    /// -> draining by `beginGracefulShutdown`, -> stopped when the transports have ended.
    case serving
    /// No new calls; those in flight finish. -> stopped.
    case draining
    case stopped
  }

  private let transports: [any ServerTransport]
  private let services: [any RegistrableService]
  private let core: ServerCore
  private let lifecycle = Atomic<Lifecycle>(.idle)

  /// - Parameters:
  ///   - transports: bring the calls; they run while `serve` does.
  ///   - services: answer them; no two have the same name.
  ///   - admission: decides on each request from its header block.
  ///   - interceptors: run around each handler, the first outermost.
  ///   - observers: are told of each call's end, and of its start where they are
  ///     `CallStartObserver`s.
  ///   - encodings: in which messages may come and go, besides identity.
  ///   - compression: in which of them services answer that do not say.
  ///   - limits: the bounds of all calls together.
  ///   - shedding: when new calls are refused for what there is to do already.
  ///   - webProtocols: in which the services answer besides gRPC.
  ///   - httpHandler: answers requests that are not gRPC; they get 415 without one.
  ///   - unregisteredMethods: answers calls of methods that no service has; they get UNIMPLEMENTED
  ///     without it.
  ///   - taskContext: is around each handler that runs in a task.
  ///   - web: the web pages that may call, and the hosts that requests may name.
  public init(
    transports: [any ServerTransport], services: [any RegistrableService],
    admission: (any RequestAdmission)? = nil, interceptors: [any ServerInterceptor] = [],
    observers: [any CallObserver] = [], encodings: [any MessageEncoding] = [],
    compression: ResponseCompression = .sameAsRequest, limits: RPCLimits = RPCLimits(),
    shedding: LoadShedding = LoadShedding(), webProtocols: Set<WebProtocol> = [],
    httpHandler: (any HTTPHandler)? = nil,
    unregisteredMethods: (any UnregisteredMethodHandler)? = nil,
    taskContext: (any CallTaskContext)? = nil, web: WebPolicy = WebPolicy()
  ) {
    self.transports = transports
    self.services = services
    var router = Router()
    router.limits = limits
    for service in services {
      router.compression = service.responseCompression ?? compression
      service.register(in: &router)
    }
    core = ServerCore(
      router: router, admission: admission, interceptors: interceptors, observers: observers,
      encodings: encodings, limits: limits, shedding: shedding, webProtocols: webProtocols,
      httpHandler: httpHandler, unregisteredMethods: unregisteredMethods,
      taskContext: taskContext, web: web)
  }

  /// The names of the services served.
  public var serviceNames: [String] { core.router.services }

  /// The methods of services that are to be served, in the order of their registration.
  public static func methods(of services: [any RegistrableService]) -> [MethodDescriptor] {
    var router = Router()
    for service in services { service.register(in: &router) }
    return router.methods
  }

  /// Handlers that run right now, orphans of dead streams included.
  public var handlersInFlight: Int { core.inFlight.count }

  /// What the server and its transports have turned away until now, by class. Any thread, any time;
  /// while the loops work the numbers are not all of the same moment.
  public var refusals: RefusalCounts {
    var counts = core.refusals.counts
    for transport in transports { counts += transport.refusals }
    return counts
  }

  /// Serves until the server has drained after `beginGracefulShutdown`, a transport fails, or the
  /// surrounding task is cancelled, which ends all connections at once. Returns when all
  /// transports and all handlers have ended. Call it once.
  ///
  /// - Throws: the error of the first transport that fails; the others are ended then.
  public func serve() async throws {
    let (exchanged, found) = lifecycle.compareExchange(
      expected: .idle, desired: .serving, ordering: .acquiringAndReleasing)
    guard exchanged else {
      precondition(found == .stopped, "serve is called once")
      // They know of the shutdown, and close the listening sockets that they have had since `init`.
      for transport in transports { try await transport.run(core) }
      return
    }
    var failure: (any Error)?
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for transport in transports { group.addTask { try await transport.run(self.core) } }
        try await group.waitForAll()
      }
    } catch {
      failure = error
    }
    await core.inFlight.waitUntilIdle()
    lifecycle.store(.stopped, ordering: .releasing)
    if let failure { throw failure }
  }

  /// Stops taking calls and lets those in flight finish; `serve` returns then. Any thread; again it
  /// does nothing.
  public func beginGracefulShutdown() {
    if lifecycle.compareExchange(
      expected: .idle, desired: .stopped, ordering: .acquiringAndReleasing
    ).exchanged {
      for transport in transports { transport.beginGracefulShutdown() }
      return
    }
    guard
      lifecycle.compareExchange(
        expected: .serving, desired: .draining, ordering: .acquiringAndReleasing
      ).exchanged
    else { return }
    for service in services { service.serverWillDrain() }
    for transport in transports { transport.beginGracefulShutdown() }
  }
}
