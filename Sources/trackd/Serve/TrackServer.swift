import EventLoop
import RPC
import RPCCompression
import RPCHTTP2
import RPCServices
import TrackAccess
import TrackController
import TrackDomain
import TrackGit
import TrackMessages
import TrackServices
import TrackStoreSQL

/// The whole server: wires store, controllers, services, transport, logs and signals.
struct TrackServer: Sendable {
  /// `--version` and the first line of output print it.
  static let version = ProductVersion.current

  private let manager: ServiceManager
  private let logger: Logger
  private let loops: EventLoopGroup
  private let store: any ServedStore
  /// Held until the process ends.
  private let dataFolder: any Sendable
  private let transport: HTTP2ServerTransport
  private let health: HealthRegistry
  private let rpc: RPCServer
  private let integrations: RunningIntegrations
  private let executor: OperationExecutor
  private let grace: Duration
  private let lameDuck: Duration
  private let admin: AdminServer?
  private let exporter: SpanExporter?
  private let levelSwitch: LogLevelSwitch
  private let drain = DrainState()
  private let credentials: CredentialKeeper
  private let audit: AuditKeeper
  private let tls: TLSKeeper?
  private let watcher: FileWatcher

  /// Opens the store and listens; serves nothing yet.
  ///
  /// - Throws: `StoreOpenError` of either store, `StoreAddress.Fault`, `ListenError`, `InheritedListenerError`, `IntegrationStartError`,
  ///   `StartRefusal`, `CredentialFiles.Fault`, `PolicyFileError` and `SystemError`, with descriptions
  ///   for the operator.
  static func start(_ options: ServeOptions) async throws -> TrackServer {
    let startedAt = WallClock.nowMicroseconds()
    try RunningIntegrations.check(options)
    let manager = try ServiceManager()
    let inherited = try manager.listeners.map { (descriptor) throws(InheritedListenerError) in
      do throws(SystemError) {
        return try ListeningSocket(inherited: descriptor)
      } catch {
        throw InheritedListenerError(descriptor: descriptor)
      }
    }
    var warnings = try StartRule(
      options, addresses: options.listen + inherited.map(\.address)
    ).check()
    if [options.store, options.storeNotify].contains(where: { $0?.showsPassword == true }) {
      warnings.append(.seenPassword)
    }
    let logger = try Logger(
      level: options.logLevel, format: options.logFormat, rate: options.logRate)
    let deployments = DeploymentMetrics()
    let credentials = try CredentialKeeper(
      CredentialFiles(tokens: options.authTokens, config: options.authConfig), logger: logger)
    let policy = try options.policy.map { (path) throws(PolicyFileError) in
      try PolicyKeeper(path: path, logger: logger)
    }
    StartLog(logger: logger).tell(warnings)
    let tls = try options.tlsFiles.map { try TLSKeeper($0, logger: logger) }
    let spans = options.otlp.map { _ in SpanQueue() }
    let traces = spans.map { DeploymentTracer($0) }
    let opened = try await OpenedStore.open(
      options, StoreLog(logger: logger), deployments, traces,
      auditSeal: try AuditKeyReader.seal(options.auditKey))
    let store = opened.store
    // The data folder has one trackd: no other one writes to the file, which may be cut off here.
    let auditLog = try options.auditLog.map(Self.auditLog)
    if let traces { for operation in store.tracedOperations { traces.begun(operation) } }
    let loops = try EventLoopGroup(
      count: options.loops ?? ProcessorCount.available, observer: LoopLog(logger: logger))
    let gitBudget = GitBudget(descriptorLimit: DescriptorLimit.raise())
    let limits = Self.limits(options, loops: loops.loops.count, git: gitBudget)
    let transport = try HTTP2ServerTransport(
      addresses: options.listen, inherited: inherited, loops: loops.loops, limits: limits,
      tls: tls?.server, unixMode: options.unixMode,
      observer: ConnectionLog(logger: logger))
    let watcher = try FileWatcher(loop: loops.loops[0])
    tls?.watch(with: watcher, on: loops.loops[0])
    policy?.watch(with: watcher)
    let remoteTLS =
      options.remotes.usesTLS
      ? try RemoteTLSKeeper(options.remotes.tls, of: "remote services", logger: logger) : nil
    remoteTLS?.watch(with: watcher)
    let collector = options.otlp.map(RemoteAddresses.split)
    let collectorTLS =
      collector?.isSecure == true
      ? try RemoteTLSKeeper(options.otlpTLS, of: "the collector", logger: logger) : nil
    collectorTLS?.watch(with: watcher)
    let exporter = collector.flatMap { collector in
      spans.map {
        SpanExporter(
          collector.address, $0, loop: loops.loops[0], tls: collectorTLS?.client, logger: logger)
      }
    }
    do {
      return try TrackServer(
        options, manager, logger: logger, loops: loops, opened, transport: transport,
        gitBudget: gitBudget, credentials, policy, tls, remoteTLS, watcher, deployments,
        warnings, startedAt: startedAt, exporter, traces, auditLog: auditLog)
    } catch let error as IntegrationError {
      throw IntegrationStartError(description: error.message)
    }
  }

  private static func auditLog(_ path: String) throws(AuditKeyReader.Fault) -> AuditLogFile {
    do throws(AuditLogFile.Fault) {
      return try AuditLogFile(path)
    } catch {
      throw AuditKeyReader.Fault(description: "\(path): the audit log cannot be written: \(error)")
    }
  }

  /// How long a connection without any call may stay.
  private static let unusedTimeout = Duration.seconds(60)

  /// The limits of connections, from the flags and the number of file descriptors.
  static func limits(
    _ options: ServeOptions, loops: Int, git: GitBudget
  ) -> ConnectionLimits {
    var limits = ConnectionLimits()
    limits.graceTime = options.grace
    // Who has load balancers that turn away wants no call to fail: also none whose connection is
    // on its way.
    if options.lameDuck > .zero { limits.listenerLinger = .milliseconds(250) }
    limits.idleTimeout = options.idleTimeout
    limits.unusedTimeout = min(options.idleTimeout, unusedTimeout)
    limits.maxIdlePerPeer = options.maxIdlePerPeer
    limits.maxHandshakesPerSecond = options.handshakeRate
    limits.keepAlive = KeepAlivePings(
      time: options.keepaliveTime, timeout: options.keepaliveTimeout)
    limits.pings = PingLimits(minInterval: options.minPingInterval)
    limits.age = options.maxConnectionAge.map {
      ConnectionAge(maximum: $0, grace: options.maxConnectionAgeGrace)
    }
    // Connections may not take the descriptors that the store, the listeners and git need.
    let admin = options.admin.listen == nil ? 0 : AdminServer.maxConnections + 8
    let reserved = 80 + 4 * loops + options.listen.count + git.descriptors + admin
    limits.maxConnections = max(1, min(options.maxConnections, DescriptorLimit.raise() - reserved))
    return limits
  }

  /// When new calls are refused, from the flags and the control group's limit.
  static func shedding(
    _ options: ServeOptions, memoryLimit: Int? = ControlGroup.memoryLimit
  ) -> LoadShedding {
    var shedding = LoadShedding()
    shedding.maxMemoryBytes = options.shedMemoryBytes ?? memoryLimit.map { $0 / 10 * 9 }
    shedding.memoryInUse = { ProcessMemory.residentBytes }
    shedding.maxLoopLag = options.shedLag
    return shedding
  }

  private init(
    _ options: ServeOptions, _ manager: ServiceManager, logger: Logger, loops: EventLoopGroup,
    _ opened: OpenedStore, transport: HTTP2ServerTransport, gitBudget: GitBudget,
    _ credentials: CredentialKeeper, _ policy: PolicyKeeper?, _ tls: TLSKeeper?,
    _ remoteTLS: RemoteTLSKeeper?, _ watcher: FileWatcher, _ deployments: DeploymentMetrics,
    _ warnings: [StartRule.Warning], startedAt: Int64, _ exporter: SpanExporter?,
    _ traces: DeploymentTracer?, auditLog: AuditLogFile?
  ) throws {
    self.manager = manager
    self.tls = tls
    self.watcher = watcher
    grace = options.grace
    lameDuck = options.lameDuck
    self.logger = logger
    levelSwitch = LogLevelSwitch(logger, usual: options.logLevel)
    self.loops = loops
    let store = opened.store
    self.store = store
    dataFolder = opened.folder
    self.transport = transport
    self.credentials = credentials
    let now: @Sendable () -> Timestamp = {
      Timestamp(microseconds: WallClock.nowMicroseconds())
    }
    let clientMetrics = ClientMetrics()
    let outbound = OutboundLog(logger: logger).rules(options, kept: store.keptHosts)
    integrations = try RunningIntegrations(
      options, store: store, outbound: outbound, gitBudget: gitBudget, loop: loops.loops[0],
      remoteTLS: remoteTLS?.client, logger: logger, now: now, metrics: clientMetrics)
    let signals = OperationSignals()
    var observer: StepObserver?
    let hooks = options.stepHooks
    if !hooks.isEmpty || traces != nil {
      observer = { boundary, id in
        traces?.observe(boundary, id)
        for hook in hooks { hook.observe(boundary) }
      }
    }
    self.exporter = exporter
    let executorLog = ExecutorLog(logger: logger)
    executor = OperationExecutor(
      store: store, integrations: integrations.adapters, signals: signals,
      options: ExecutorOptions(
        stepTimeout: options.stepTimeout, stepAttempts: Int32(options.stepAttempts)),
      now: now, observer: observer, report: { executorLog.log($0) })
    let seal = KeySeal(store.tokenKey)
    // That of the data folder is this process's alone, and another one may have the deployment.
    let hasOwnGitOps = store.isExclusive || options.remotes.deployer != nil
    let tracks = TrackController(
      store: store, integrations: integrations.adapters, operations: signals,
      seal: seal, hasOwnGitOps: hasOwnGitOps, now: now)
    let catalog = CatalogController(
      store: store, seal: seal, outbound: outbound, hasOwnGitOps: hasOwnGitOps, now: now)
    let access = CallerAccess(policy?.control)
    let watch = WatchHub(
      store: store, executors: loops.loops, heartbeat: options.watchHeartbeat, seal: seal,
      policy: policy?.control)
    let gate = AccessGate(
      credentials.credentials, executors: loops.loops, allowsStrangers: options.insecureNoAuth,
      mayActForOthers: ActingRule.rule(policy?.control),
      onUnknownKey: { credentials.keyIsUnknown(of: $0) })
    let followers = AuditFollowers(
      store, policy: policy?.control, heartbeat: options.watchHeartbeat)
    credentials.observe {
      gate.use($0)
      watch.review($0)
      followers.review($0)
    }
    watcher.watch {
      credentials.paths
    } _: {
      credentials.reload($0)
    }
    health = HealthRegistry(
      services: [
        DeploymentTrackServiceMethods.service, CatalogServiceMethods.service,
        AccessServiceMethods.service, AuditServiceMethods.service,
        DiagnosticsServiceMethods.service,
      ])
    let checks = ReadinessChecks(store: store, executor: executor.status, drain: drain)
    if let durability = opened.durability {
      checks.add(durability: durability, isRequired: options.requiresSyncStandby)
    }
    if let tls { checks.add(certificatesOf: tls) }
    checks.add(warnings)
    let census = StoreCensusTaker { try await store.census() }
    let diagnosis = ServerDiagnosis(
      checks: checks, census: census, integrations: integrations)
    var limits = RPCLimits()
    limits.maxHTTPBodyBytes = JSONRoutes.maxBodyBytes
    limits.maxHandlersInFlight = options.maxCalls
    var services: [any RegistrableService] = [
      DeploymentTrackService(tracks, watch: watch, access: access),
      CatalogService(catalog, access: access), AccessService(catalog, access: access),
      AuditService(
        AuditController(store: store, seal: seal, chain: store.auditSeal), followers: followers,
        access: access),
      DiagnosticsService(diagnosis, access: access, now: now), HealthService(health),
    ]
    let methods = RPCServer.methods(of: services + [ReflectionService(of: services)])
    let refused = RefusedCalls(
      methods: methods, loops: loops.loops.count, hidesResources: policy != nil, now: now)
    audit = AuditKeeper(
      store, file: auditLog, logger: logger, takeRefused: { refused.take() }, now: now)
    var observers: [any CallObserver] = [
      CallLog(logger: logger, slow: options.slowCall), refused,
    ]
    let tracer = exporter.map { Tracer(queue: $0.queue, ratio: options.traceSample) }
    if let tracer { observers.append(tracer) }
    let calls = options.admin.listen.map { _ in
      CallMetrics(methods: methods, loops: loops.loops.count)
    }
    if let calls { observers.append(calls) }
    if options.channelz {
      let calls = ServerCallCounter()
      observers.append(calls)
      services.append(
        ChannelzService(
          servers: [.init(name: "trackd", transports: [transport], calls: calls)],
          channels: integrations.channels))
    }
    rpc = RPCServer(
      transports: [transport], services: services + [ReflectionService(of: services)],
      admission: MethodAdmission(
        CallerAdmission(gate) { WallClock.nowMicroseconds() / 1_000_000 },
        policy: policy?.control),
      observers: observers, encodings: ZlibEncoding.all,
      limits: limits, shedding: Self.shedding(options), webProtocols: [.grpcWeb, .connect],
      httpHandler: JSONRoutes(), taskContext: tracer, web: options.web)
    guard let calls else {
      admin = nil
      return
    }
    let sources = MetricSources(
      calls: calls, clients: clientMetrics, loops: loops.loops, transport: transport, rpc: rpc,
      store: store, audit: audit, deployments: deployments,
      git: integrations.gitMetrics, watch: watch, logger: logger, startedAt: startedAt,
      exporter: exporter)
    admin = try AdminServer(options, health: health, checks: checks, census: census, sources)
  }

  /// Serves until a signal asks to stop. Then waits for the calls in flight, and for running
  /// deployments as far as the grace time allows.
  func serve() async throws -> ExitStatus {
    reportHealth()
    let signals = try Signals([.terminate, .interrupt, .hangup, .user1], on: loops.loops[0]) {
      [self] in
      received($0)
    }
    try MemoryKeeper.start()
    do {
      try await audit.begin()
      await credentials.fetchFirst()
      announce()
      try await serveAll()
    } catch {
      signals.stop()
      logger.shutdown()
      throw error
    }
    signals.stop()
    let status = exitStatus
    await watcher.shutdown()
    await store.close()
    await loops.shutdown()
    logger.always(.info, "stopped")
    logger.shutdown()
    return status
  }

  private func serveAll() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      if let admin { group.addTask { await admin.serve() } }
      if let exporter { group.addTask { await exporter.run() } }
      // What was refused is on record before anything else takes its last moment.
      try await audit.record { try await serveWithIntegrations() }
      group.cancelAll()
    }
  }

  /// The integrations run until everything that uses them has ended.
  private func serveWithIntegrations() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await integrations.run() }
      group.addTask { [credentials] in await credentials.run() }
      group.addTask { [logger, rpc] in
        await RefusalLog.run(logger: logger) { rpc.refusals }
      }
      try await serveAndExecute()
      group.cancelAll()
    }
    await integrations.shutdown()
  }

  private func serveAndExecute() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await executor.run() }
      do {
        try await rpc.serve()
      } catch {
        group.cancelAll()
        throw error
      }
      await executor.drain()
      let patience = drain.remaining(of: lameDuck + grace)
      group.addTask { try await Task.sleep(for: patience) }
      // Waits for the executor to end or for the grace time to pass. The next process continues
      // work that is cancelled here.
      _ = try? await group.next()
      group.cancelAll()
    }
  }

  private var exitStatus: ExitStatus {
    if case .failed = store.state { .failure } else { .success }
  }

  private func announce() {
    var text = ""
    for address in transport.listeningAddresses {
      text += "trackd \(Self.version) listening on \(address)\n"
    }
    if let admin { text += "trackd \(Self.version) admin listening on \(admin.address)\n" }
    StandardStream.output.write(text + "ready\n")
    manager.notify("READY=1\nSTATUS=serving")
    logger.always(.info, "started") {
      $0.string("version", Self.version)
      $0.integer("loops", Int64(loops.loops.count))
    }
  }

  /// Health follows the store until a drain begins.
  private func reportHealth() {
    let outages = OutageLog(logger: logger)
    store.observeState { [health, logger] state in
      switch state {
      case .open:
        outages.ended()
        health.setAll(.serving)
      case .unreachable(let reason):
        outages.began(reason)
        // The server as a whole stays SERVING: no restart would help.
        health.setServices(.notServing)
      case .failed(let reason):
        logger.always(.error, "the store has failed: writes are refused until trackd is restarted")
        {
          $0.string("reason", reason)
        }
        health.setAll(.notServing)
      case .closed: health.setAll(.notServing)
      }
    }
  }

  /// Called on the first loop.
  private func received(_ signal: Signals.Signal) {
    if signal == .user1 { return levelSwitch.toggle(on: loops.loops[0]) }
    if signal == .hangup {
      audit.reopen()
      return watcher.look(always: true)
    }
    guard drain.begin() else {
      logger.always(.warning, "second signal: exiting at once")
      logger.shutdown()
      exit(with: .failure)
    }
    DrainWatchdog.start(after: lameDuck + grace, logger: logger)
    health.shutDown()
    manager.notify("STOPPING=1\nSTATUS=draining")
    guard lameDuck > .zero else { return beginDrain() }
    logger.always(.info, "health says NOT_SERVING; the drain follows")
    loops.loops[0].schedule(after: lameDuck) { beginDrain() }
  }

  private func beginDrain() {
    logger.always(.info, "draining")
    Task { await executor.drain() }
    rpc.beginGracefulShutdown()
  }
}

/// A descriptor that the service manager handed on, and on which trackd cannot listen.
struct InheritedListenerError: Error, CustomStringConvertible {
  let descriptor: Int32
  var description: String {
    "descriptor \(descriptor) of LISTEN_FDS is not a stream socket that listens"
  }
}
