/// How the calls of a client are made: gRPC's service config, in JSON as gRPC defines it.
///
///     let config = try ServiceConfig(json: """
///       {"methodConfig": [{
///         "name": [{"service": "greet.v1.Greeter"}],
///         "timeout": "5s",
///         "retryPolicy": {
///           "maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s",
///           "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]
///         }
///       }]}
///       """)
///     let client = RPCClient(transport: transport, serviceConfig: config)
///
/// Source: grpc/doc/service_config.md, `grpc.service_config.ServiceConfig`, gRFCs A2, A6 and A17.
public struct ServiceConfig: Sendable, Hashable {
  /// Which connection of a client takes a call. Source: grpc/doc/load-balancing.md.
  public enum LoadBalancingPolicy: String, Sendable, Hashable {
    /// One connection, to the first address that answers.
    case pickFirst = "pick_first"
    /// A connection to each address; calls take them in turn.
    case roundRobin = "round_robin"
  }

  /// The methods' settings; no two have the same name.
  public var methods: [MethodConfig] = []
  /// The budget of retries of all calls together; nil: without bounds.
  public var retryThrottling: RetryThrottle?
  /// Nil: the channel's own default.
  public var loadBalancingPolicy: LoadBalancingPolicy?
  /// The service that connections watch in the server's health service; nil: none.
  public var healthCheckServiceName: String?

  /// No settings.
  public init() {}

  /// The settings of a method: those that name it, else those that name its service, else those
  /// with an empty name.
  public func settings(of method: MethodDescriptor) -> MethodConfig? {
    MethodConfigs(methods)[method]
  }
}

/// The settings of some methods.
public struct MethodConfig: Sendable, Hashable {
  /// A method, all methods of a service (without `method`), or all methods (without both).
  public struct Name: Sendable, Hashable {
    public var service: String
    public var method: String

    public init(service: String = "", method: String = "") {
      self.service = service
      self.method = method
    }
  }

  public var names: [Name]
  /// Whether calls wait for a connection instead of failing where `CallOptions` does not say.
  public var waitForReady: Bool?
  /// Counts where it is shorter than that of `CallOptions`.
  public var timeout: Duration?
  /// The largest message sent, in bytes, where it is smaller than that of `CallOptions`.
  public var maxRequestMessageBytes: Int?
  /// The largest message taken, in bytes, where it is smaller than that of `CallOptions`.
  public var maxResponseMessageBytes: Int?
  /// Nil: a call that the server has seen is made once.
  public var retryPolicy: RetryPolicy?

  public init(names: [Name]) { self.names = names }
}

/// Finds the settings of a method.
struct MethodConfigs: Sendable {
  private var byName: [MethodConfig.Name: MethodConfig] = [:]

  init(_ configs: [MethodConfig]) {
    for config in configs {
      for name in config.names where byName[name] == nil { byName[name] = config }
    }
  }

  var isEmpty: Bool { byName.isEmpty }

  subscript(method: MethodDescriptor) -> MethodConfig? {
    if byName.isEmpty { return nil }
    return byName[MethodConfig.Name(service: method.service, method: method.method)]
      ?? byName[MethodConfig.Name(service: method.service)] ?? byName[MethodConfig.Name()]
  }
}
