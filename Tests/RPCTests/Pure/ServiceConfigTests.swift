import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct ServiceConfigTests {
  private static let whole = """
    {
      "methodConfig": [
        {
          "name": [{"service": "a.B", "method": "C"}, {"service": "a.D", "method": ""}],
          "waitForReady": true, "timeout": "1.5s",
          "maxRequestMessageBytes": 100, "maxResponseMessageBytes": "200",
          "retryPolicy": {
            "maxAttempts": 9, "initialBackoff": "0.1s", "maxBackoff": "3s",
            "backoffMultiplier": 2.5, "retryableStatusCodes": ["UNAVAILABLE", "aborted", 8]
          }
        },
        {"name": [{"service": "a.B"}], "timeout": "2s"},
        {"name": [{}], "timeout": "3s", "retryPolicy": null}
      ],
      "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1239},
      "loadBalancingConfig": [{"weighted": {"a": [1]}}, {"round_robin": {}}, {"pick_first": {}}],
      "healthCheckConfig": {"serviceName": "a.B"}
    }
    """

  @Test func `every member counts`() throws {
    let config = try ServiceConfig(json: Self.whole)
    let method = try #require(config.methods.first)
    #expect(method.names == [.init(service: "a.B", method: "C"), .init(service: "a.D")])
    #expect(method.waitForReady == true)
    #expect(method.timeout == .milliseconds(1500))
    #expect(method.maxRequestMessageBytes == 100)
    #expect(method.maxResponseMessageBytes == 200)
    let backoff = Backoff(
      initial: .milliseconds(100), maximum: .seconds(3), multiplier: 2.5, jitter: 0.2)
    #expect(
      method.retryPolicy
        == RetryPolicy(
          maxAttempts: 5, backoff: backoff,
          retryableStatusCodes: [.unavailable, .aborted, .resourceExhausted]))
    #expect(config.retryThrottling == RetryThrottle(maximum: 100, ratio: 0.123))
    #expect(config.loadBalancingPolicy == .roundRobin)
    #expect(config.healthCheckServiceName == "a.B")
  }

  @Test(arguments: [
    ("a.B", "C", 1500), ("a.B", "X", 2000), ("a.D", "C", 1500), ("x.Y", "C", 3000),
  ])
  func `the method's own settings come before its service's, and those before the default`(
    service: String, method: String, milliseconds: Int
  ) throws {
    let descriptor = MethodDescriptor(service: service, method: method, kind: .unary)
    let settings = try ServiceConfig(json: Self.whole).settings(of: descriptor)
    #expect(settings?.timeout == .milliseconds(milliseconds))
  }

  @Test func `an empty config has no settings`() throws {
    #expect(try ServiceConfig(json: "{}") == ServiceConfig())
    #expect(
      try ServiceConfig(json: #"{"loadBalancingPolicy": "ROUND_ROBIN"}"#)
        .loadBalancingPolicy == .roundRobin)
    #expect(try ServiceConfig(json: #"{"methodConfig": [{}]}"#).methods.first?.names == [])
  }

  @Test(arguments: [(nil, 0, true), (true, 0, true), (false, 0, false), (nil, 1, nil)])
  func `a call's own word on waiting counts before the config's`(
    own: Bool?, index: Int, waits: Bool?
  ) throws {
    var options = CallOptions()
    options.waitForReady = own
    options.apply(try ServiceConfig(json: Self.whole).methods[index])
    #expect(options.waitForReady == waits)
  }

  private static func method(_ members: String) -> String {
    #"{"methodConfig": [{"name": [{}]}, {\#(members)}]}"#
  }

  private static func retry(_ replaced: String, _ value: String?) -> String {
    var members = [
      "maxAttempts": "2", "initialBackoff": "\"1s\"", "maxBackoff": "\"1s\"",
      "backoffMultiplier": "1", "retryableStatusCodes": "[14]",
    ]
    members[replaced] = value
    let text = members.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    return method("\"retryPolicy\": {\(text)}")
  }

  @Test(arguments: [
    ("", ""), ("[]", ""), ("{", ""), (#"{"a": 1, "a": 1}"#, ""), ("{} {}", ""),
    (#"{"methodConfigs": []}"#, "methodConfigs"), (#"{"methodConfig": {}}"#, "methodConfig"),
    (#"{"methodConfig": [1]}"#, "methodConfig[0]"),
    (method(#""name": [{"method": "C"}]"#), "methodConfig[1].name[0]"),
    (method(#""name": [{"service": 1}]"#), "methodConfig[1].name[0].service"),
    (method(#""name": [{}]"#), "methodConfig[1]"),
    (method(#""timeout": 1"#), "methodConfig[1].timeout"),
    (method(#""timeout": "1"#), ""),
    (method(#""timeout": "1""#), "methodConfig[1].timeout"),
    (method(#""timeout": "-1s""#), "methodConfig[1].timeout"),
    (method(#""timeout": "\" \"""#), "methodConfig[1].timeout"),
    (method(#""waitForReady": 1"#), "methodConfig[1].waitForReady"),
    (method(#""maxRequestMessageBytes": -1"#), "methodConfig[1].maxRequestMessageBytes"),
    (method(#""maxRequestMessageBytes": 1.5"#), "methodConfig[1].maxRequestMessageBytes"),
    (method(#""maxResponseMessageBytes": "x""#), "methodConfig[1].maxResponseMessageBytes"),
    (method(#""maxResponseMessageBytes": 1e10"#), "methodConfig[1].maxResponseMessageBytes"),
    (method(#""hedgingPolicy": {}"#), "methodConfig[1].hedgingPolicy"),
    (retry("maxAttempts", "1"), "methodConfig[1].retryPolicy.maxAttempts"),
    (retry("maxAttempts", nil), "methodConfig[1].retryPolicy"),
    (retry("initialBackoff", "\"0s\""), "methodConfig[1].retryPolicy.initialBackoff"),
    (retry("maxBackoff", "1"), "methodConfig[1].retryPolicy.maxBackoff"),
    (retry("backoffMultiplier", "0"), "methodConfig[1].retryPolicy.backoffMultiplier"),
    (retry("retryableStatusCodes", "[]"), "methodConfig[1].retryPolicy.retryableStatusCodes"),
    (
      retry("retryableStatusCodes", "[14, \"OK\"]"),
      "methodConfig[1].retryPolicy.retryableStatusCodes[1]"
    ),
    (
      retry("retryableStatusCodes", "[\"GONE\"]"),
      "methodConfig[1].retryPolicy.retryableStatusCodes[0]"
    ),
    (
      retry("retryableStatusCodes", "[17]"),
      "methodConfig[1].retryPolicy.retryableStatusCodes[0]"
    ),
    (
      retry("perAttemptRecvTimeout", "\"1s\""),
      "methodConfig[1].retryPolicy.perAttemptRecvTimeout"
    ),
    (#"{"retryThrottling": {"tokenRatio": 1}}"#, "retryThrottling"),
    (#"{"retryThrottling": {"maxTokens": 0, "tokenRatio": 1}}"#, "retryThrottling.maxTokens"),
    (#"{"retryThrottling": {"maxTokens": 1001, "tokenRatio": 1}}"#, "retryThrottling.maxTokens"),
    (#"{"retryThrottling": {"maxTokens": 1, "tokenRatio": 0.0009}}"#, "retryThrottling.tokenRatio"),
    (#"{"loadBalancingConfig": [{"grpclb": {}}]}"#, "loadBalancingConfig"),
    (#"{"loadBalancingConfig": [{}]}"#, "loadBalancingConfig[0]"),
    (
      #"{"loadBalancingConfig": [{"pick_first": {"shuffleAddressList": true}}]}"#,
      "loadBalancingConfig[0].pick_first.shuffleAddressList"
    ),
    (#"{"loadBalancingPolicy": "grpclb"}"#, "loadBalancingPolicy"),
    (#"{"healthCheckConfig": {"name": ""}}"#, "healthCheckConfig.name"),
  ])
  func `an error says where it is`(json: String, path: String) throws {
    let error = #expect(throws: ServiceConfigError.self) { try ServiceConfig(json: json) }
    #expect(error?.path == path)
    #expect(error?.reason.isEmpty == false)
  }
}
