import RPC
import RPCInProcess
import RPCServices
import Testing

@Suite(.timeLimit(.minutes(2))) struct HealthWatchTests {
  typealias Status = HealthCheckResponse.ServingStatus

  /// The statuses that a Watch call is sent, one at a time.
  struct Watch {
    var responses: ResponseStream<HealthCheckResponse>.Iterator

    mutating func next() async throws -> Status? { try await responses.next()?.status }
  }

  /// Watches a service of a registry for the length of `body`.
  private func watch(
    _ service: String, in registry: HealthRegistry,
    _ body: (inout Watch, RPCServer) async throws -> Void
  ) async throws {
    let loop = InProcessLoop()
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = RPCServer(transports: [transport.server], services: [HealthService(registry)])
    let client = HealthClient(RPCClient(transport: transport.client))
    async let serving: Void = server.serve()
    var request = HealthCheckRequest()
    request.service = service
    do {
      try await client.watch(request) { responses in
        var watch = Watch(responses: responses.makeAsyncIterator())
        try await body(&watch, server)
      }
    } catch {
      Issue.record(error)
    }
    server.beginGracefulShutdown()
    try await serving
  }

  private func expect(_ watch: inout Watch, _ status: Status?) async throws {
    let next = try await watch.next()
    #expect(next == status)
  }

  @Test func `Watch tells the status at once and then each change`() async throws {
    let registry = HealthRegistry(services: ["a.B"])
    try await watch("a.B", in: registry) { watch, _ in
      try await expect(&watch, .serving)
      registry.set(.notServing, for: "a.B")
      try await expect(&watch, .notServing)
      registry.setAll(.serving)
      try await expect(&watch, .serving)
    }
  }

  @Test func `Watch tells nothing when nothing changes`() async throws {
    let registry = HealthRegistry(services: ["a.B"])
    try await watch("", in: registry) { watch, _ in
      try await expect(&watch, .serving)
      registry.set(.serving, for: "")
      registry.set(.notServing, for: "a.B")
      registry.setAll(.serving)
      registry.set(.notServing, for: "")
      try await expect(&watch, .notServing)
    }
  }

  @Test func `Watch of an unknown service stays open until it is known`() async throws {
    let registry = HealthRegistry()
    try await watch("new.One", in: registry) { watch, _ in
      try await expect(&watch, .serviceUnknown)
      // A name that is watched does not become known by that.
      #expect(registry.status(of: "new.One") == nil)
      registry.set(.serving, for: "new.One")
      try await expect(&watch, .serving)
    }
  }

  @Test func `after a shutdown Watch tells NOT_SERVING, and nothing that is set later`()
    async throws
  {
    let registry = HealthRegistry(services: ["a.B"])
    try await watch("late.One", in: registry) { late, _ in
      try await watch("a.B", in: registry) { watch, server in
        try await expect(&late, .serviceUnknown)
        try await expect(&watch, .serving)
        registry.shutDown()
        registry.set(.serving, for: "late.One")
        registry.set(.serving, for: "a.B")
        try await expect(&watch, .notServing)
        server.beginGracefulShutdown()
        let error = await #expect(throws: RPCError.self) { try await watch.next() }
        #expect(error?.code == .unavailable)
        let errorOfLate = await #expect(throws: RPCError.self) { try await late.next() }
        #expect(errorOfLate?.code == .unavailable)
      }
    }
  }

  @Test func `a call of Watch that waits has no handler`() async throws {
    let registry = HealthRegistry()
    try await watch("", in: registry) { watch, server in
      try await expect(&watch, .serving)
      registry.set(.notServing, for: "")
      try await expect(&watch, .notServing)
      #expect(server.handlersInFlight == 0)
    }
  }

  @Test func `a server that drains tells NOT_SERVING and ends Watch`() async throws {
    let registry = HealthRegistry()
    try await watch("", in: registry) { watch, server in
      try await expect(&watch, .serving)
      server.beginGracefulShutdown()
      try await expect(&watch, .notServing)
      let error = await #expect(throws: RPCError.self) { try await watch.next() }
      #expect(error?.code == .unavailable)
    }
  }

  @Test func `Watch calls of several executors are all told`() async throws {
    let registry = HealthRegistry()
    try await watch("", in: registry) { first, _ in
      try await watch("", in: registry) { second, _ in
        try await expect(&first, .serving)
        try await expect(&second, .serving)
        registry.set(.notServing, for: "")
        try await expect(&first, .notServing)
        try await expect(&second, .notServing)
      }
    }
  }
}
