import RPC
import RPCInProcess
import RPCServices
import Testing

@Suite(.timeLimit(.minutes(2))) struct HealthTests {
  /// Serves a registry while `body` runs.
  private func serve(
    _ registry: HealthRegistry, _ body: (HealthClient, RPCServer) async throws -> Void
  ) async throws {
    let loop = InProcessLoop()
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = RPCServer(
      transports: [transport.server], services: [HealthService(registry)])
    let client = HealthClient(RPCClient(transport: transport.client))
    async let serving: Void = server.serve()
    do { try await body(client, server) } catch { Issue.record(error) }
    server.beginGracefulShutdown()
    try await serving
  }

  private func check(
    _ client: HealthClient, _ service: String
  ) async throws -> HealthCheckResponse.ServingStatus {
    var request = HealthCheckRequest()
    request.service = service
    return try await client.check(request).status
  }

  private func expect(
    _ client: HealthClient, _ service: String, _ status: HealthCheckResponse.ServingStatus
  ) async throws {
    let found = try await check(client, service)
    #expect(found == status)
  }

  @Test func `Check answers for the server and for each service`() async throws {
    let registry = HealthRegistry(services: ["a.B", "c.D"])
    registry.set(.notServing, for: "c.D")
    try await serve(registry) { client, _ in
      try await expect(client, "", .serving)
      try await expect(client, "a.B", .serving)
      try await expect(client, "c.D", .notServing)
    }
  }

  @Test func `Check of an unknown service is NOT_FOUND until it is set`() async throws {
    let registry = HealthRegistry()
    try await serve(registry) { client, _ in
      await #expect { try await check(client, "new.One") } throws: {
        ($0 as? RPCError)?.code == .notFound
      }
      registry.set(.serving, for: "new.One")
      try await expect(client, "new.One", .serving)
    }
  }

  @Test func `List has every service`() async throws {
    let registry = HealthRegistry(services: ["a.B"])
    registry.set(.notServing, for: "a.B")
    try await serve(registry) { client, _ in
      let statuses = try await client.list(HealthListRequest()).statuses
      #expect(statuses.mapValues(\.status) == ["": .serving, "a.B": .notServing])
    }
  }

  @Test(arguments: [(99, StatusCode?.none), (100, .resourceExhausted)])
  func `List of more than a hundred is RESOURCE_EXHAUSTED`(
    services: Int, code: StatusCode?
  ) async throws {
    let registry = HealthRegistry(services: (0..<services).map { "service.\($0)" })
    try await serve(registry) { client, _ in
      do {
        let response = try await client.list(HealthListRequest())
        #expect(response.statuses.count == services + 1)
        #expect(code == nil)
      } catch let error as RPCError {
        #expect(error.code == code)
      }
    }
  }

  @Test func `draining makes everything NOT_SERVING`() async throws {
    let registry = HealthRegistry(services: ["a.B"])
    try await serve(registry) { client, server in
      try await expect(client, "", .serving)
      server.beginGracefulShutdown()
      #expect(registry.statuses.allSatisfy { $0.status == .notServing })
    }
  }
}
