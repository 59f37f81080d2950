import Protobuf

/// A text that is no service config.
public struct ServiceConfigError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where in the text: `methodConfig[0].retryPolicy.maxAttempts`; empty for the whole.
  public let path: String
  public let reason: String

  public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}

extension ServiceConfig {
  /// Reads the JSON form. Members that this client does not know are errors, `hedgingPolicy` among
  /// them: a setting without effect would go unnoticed.
  public init(json: String) throws(ServiceConfigError) {
    let root: Struct
    do {
      root = try Struct(jsonString: json)
    } catch {
      throw ServiceConfigError(path: "", reason: "no JSON object: \(error)")
    }
    let members = try ConfigValue(path: "", kind: .structValue(root)).members([
      "methodConfig", "retryThrottling", "loadBalancingConfig", "loadBalancingPolicy",
      "healthCheckConfig",
    ])
    self.init()
    methods = try Self.methods(members["methodConfig"])
    retryThrottling = try members["retryThrottling"].map(Self.throttle)
    let health = try members["healthCheckConfig"]?.members(["serviceName"])
    healthCheckServiceName = try health.map { (members) throws(ServiceConfigError) in
      try members["serviceName"]?.text() ?? ""
    }
    let named = try Self.policy(named: members["loadBalancingPolicy"])
    loadBalancingPolicy = try Self.policy(among: members["loadBalancingConfig"]) ?? named
  }

  private static func methods(
    _ value: ConfigValue?
  ) throws(ServiceConfigError) -> [MethodConfig] {
    var methods: [MethodConfig] = []
    var names: Set<MethodConfig.Name> = []
    for element in try value?.elements() ?? [] {
      let config = try MethodConfig(element)
      for name in config.names where !names.insert(name).inserted {
        throw element.failure("the name \(name.service)/\(name.method) is there twice")
      }
      methods.append(config)
    }
    return methods
  }

  private static func throttle(_ value: ConfigValue) throws(ServiceConfigError) -> RetryThrottle {
    let members = try value.members(["maxTokens", "tokenRatio"])
    let tokens = try value.required("maxTokens", in: members)
    let maximum = try tokens.wholeNumber()
    guard (1...1000).contains(maximum) else { throw tokens.failure("not from 1 to 1000") }
    let ratio = try value.required("tokenRatio", in: members)
    // Thousandths count (gRFC A6).
    let thousandths = try (ratio.number() * 1000).rounded(.down)
    guard thousandths > 0 else { throw ratio.failure("not above 0") }
    return RetryThrottle(maximum: Double(maximum), ratio: thousandths / 1000)
  }

  /// The first policy of the list that is known.
  private static func policy(
    among value: ConfigValue?
  ) throws(ServiceConfigError) -> LoadBalancingPolicy? {
    guard let value else { return nil }
    for element in try value.elements() {
      let members = try element.members(nil)
      guard let (name, config) = members.first, members.count == 1 else {
        throw element.failure("an object with one policy expected")
      }
      guard let policy = LoadBalancingPolicy(rawValue: name) else { continue }
      _ = try config.members([])
      return policy
    }
    throw value.failure("no policy of these is known: pick_first and round_robin are")
  }

  private static func policy(
    named value: ConfigValue?
  ) throws(ServiceConfigError) -> LoadBalancingPolicy? {
    guard let value else { return nil }
    // Upper case is how the enum of the former proto was written.
    guard let policy = LoadBalancingPolicy(rawValue: try value.text().lowercased()) else {
      throw value.failure("not pick_first or round_robin")
    }
    return policy
  }
}

extension MethodConfig {
  fileprivate init(_ value: ConfigValue) throws(ServiceConfigError) {
    let members = try value.members([
      "name", "waitForReady", "timeout", "maxRequestMessageBytes", "maxResponseMessageBytes",
      "retryPolicy",
    ])
    var names: [Name] = []
    for element in try members["name"]?.elements() ?? [] { names.append(try Name(element)) }
    self.init(names: names)
    waitForReady = try members["waitForReady"]?.bool()
    timeout = try members["timeout"]?.duration()
    maxRequestMessageBytes = try members["maxRequestMessageBytes"]?.wholeNumber()
    maxResponseMessageBytes = try members["maxResponseMessageBytes"]?.wholeNumber()
    retryPolicy = try members["retryPolicy"].map { (value) throws(ServiceConfigError) in
      try RetryPolicy(value)
    }
  }
}

extension MethodConfig.Name {
  fileprivate init(_ value: ConfigValue) throws(ServiceConfigError) {
    let members = try value.members(["service", "method"])
    self.init(
      service: try members["service"]?.text() ?? "", method: try members["method"]?.text() ?? "")
    if service.isEmpty, !method.isEmpty { throw value.failure("a method without its service") }
  }
}

extension RetryPolicy {
  fileprivate init(_ value: ConfigValue) throws(ServiceConfigError) {
    let members = try value.members([
      "maxAttempts", "initialBackoff", "maxBackoff", "backoffMultiplier", "retryableStatusCodes",
    ])
    let attempts = try value.required("maxAttempts", in: members)
    guard try attempts.wholeNumber() > 1 else { throw attempts.failure("not above 1") }
    let initial = try value.required("initialBackoff", in: members).positiveDuration()
    let maximum = try value.required("maxBackoff", in: members).positiveDuration()
    let multiplier = try value.required("backoffMultiplier", in: members)
    guard try multiplier.number() > 0 else { throw multiplier.failure("not above 0") }
    let codes = try value.required("retryableStatusCodes", in: members)
    var retryable: Set<StatusCode> = []
    for code in try codes.elements() { retryable.insert(try code.statusCode()) }
    guard !retryable.isEmpty else { throw codes.failure("empty") }
    self.init(
      maxAttempts: min(try attempts.wholeNumber(), Self.mostAttempts),
      backoff: Backoff(initial: initial, maximum: maximum, multiplier: try multiplier.number()),
      retryableStatusCodes: retryable)
  }
}
