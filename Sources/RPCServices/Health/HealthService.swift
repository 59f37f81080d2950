public import RPC

/// `grpc.health.v1.Health` over a registry.
///
/// When the server begins to drain, everything is NOT_SERVING before connections are told. Watch
/// calls get that, and then end with UNAVAILABLE: they would hold up the drain for as long as their
/// clients like.
///
/// Source: grpc/doc/health-checking.md; gRFC A90 for List.
public struct HealthService: HealthServer {
  /// gRFC A90: more than this many services are not listed.
  private static let maxListed = 100

  // The replies of Check, encoded once.
  private static let serving = EncodedMessage(HealthCheckResponse(.serving))
  private static let notServing = EncodedMessage(HealthCheckResponse(.notServing))

  private let registry: HealthRegistry

  public init(_ registry: HealthRegistry) { self.registry = registry }

  public func check(
    _ request: HealthCheckRequest, atOnce context: ServerContext
  ) throws -> EncodedMessage<HealthCheckResponse>? {
    switch try status(of: request) {
    case .serving: Self.serving
    case .notServing: Self.notServing
    }
  }

  public func check(
    _ request: HealthCheckRequest, context: ServerContext
  ) async throws -> HealthCheckResponse {
    HealthCheckResponse(try status(of: request))
  }

  private func status(of request: HealthCheckRequest) throws(RPCError) -> HealthStatus {
    guard let status = registry.status(of: request.service) else {
      throw RPCError(.notFound, "unknown service")
    }
    return status
  }

  public func list(
    _ request: HealthListRequest, context: ServerContext
  ) async throws -> HealthListResponse {
    let statuses = registry.statuses
    guard statuses.count <= Self.maxListed else {
      throw RPCError(.resourceExhausted, "the server has more than \(Self.maxListed) services")
    }
    var response = HealthListResponse()
    for (service, status) in statuses {
      response.statuses[service] = HealthCheckResponse(status)
    }
    return response
  }

  public func watch(
    _ request: HealthCheckRequest, responses: ResponseWriter<HealthCheckResponse>,
    context: ServerContext
  ) async throws {
    try registry.watchers(on: context.executor).begin(request.service, responses, registry)
  }

  public func serverWillDrain() {
    registry.shutDown()
    registry.endWatches()
  }
}

extension HealthCheckResponse {
  fileprivate init(_ status: HealthStatus) {
    self.init()
    self.status = ServingStatus(status)
  }
}

extension HealthCheckResponse.ServingStatus {
  init(_ status: HealthStatus) {
    switch status {
    case .serving: self = .serving
    case .notServing: self = .notServing
    }
  }
}
