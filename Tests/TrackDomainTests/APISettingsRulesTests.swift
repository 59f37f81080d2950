import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct APISettingsRulesTests {
  private func fields(_ settings: APISettings) -> [String] {
    var violations = Violations()
    APISettingsRules.check(settings, &violations)
    #expect(violations.fields.isEmpty || violations.error?.reason == .invalidAPISettings)
    return violations.fields.map(\.field)
  }

  @Test(arguments: [
    APISettings(),
    APISettings(
      securitySchemes: ["OAUTH", "API_KEY"], authorizationHeader: "X-Token",
      isBackendJWTEnabled: true, backendJWTAudiences: ["https://a.example"],
      operationPolicies: [.init(target: "GET /orders", authenticationType: "NONE")],
      cors: .init(
        isEnabled: true, allowOrigins: ["*", "https://app.example:8443", "http://[::1]"],
        allowMethods: ["GET", "PATCH"], allowHeaders: ["*", "X-A"], exposeHeaders: ["X-B"]),
      rateLimitTier: "BRONZE"),
  ])
  func `accepts what the rules allow`(settings: APISettings) {
    #expect(fields(settings) == [])
  }

  @Test func `accepts as much as may be`() {
    let text = String(repeating: "a", count: 255)
    let headers = Array(repeating: text, count: 50)
    let origin = "https://" + String(repeating: "a", count: 247)
    let most = APISettings(
      authorizationHeader: text, backendJWTAudiences: Array(repeating: text, count: 20),
      operationPolicies: (0..<200).map { .init(target: "\($0)", authenticationType: "OAUTH2") },
      cors: .init(
        allowOrigins: Array(repeating: origin, count: 50),
        allowMethods: Array(repeating: "GET", count: 20), allowHeaders: headers,
        exposeHeaders: headers))
    #expect(fields(most) == [])
  }

  @Test(arguments: [
    (APISettings(securitySchemes: ["BASIC"]), "security_schemes[0]"),
    (APISettings(securitySchemes: ["OAUTH", "OAUTH"]), "security_schemes[1]"),
    (APISettings(authorizationHeader: "X Token"), "authorization_header"),
    (
      APISettings(authorizationHeader: String(repeating: "a", count: 256)),
      "authorization_header"
    ),
    (APISettings(backendJWTAudiences: ["a", ""]), "backend_jwt.audiences[1]"),
    (
      APISettings(backendJWTAudiences: Array(repeating: "a", count: 21)), "backend_jwt.audiences"
    ),
    (
      APISettings(operationPolicies: [.init(target: "", authenticationType: "NONE")]),
      "operation_policies[0].target"
    ),
    (
      APISettings(operationPolicies: [.init(target: "GET /", authenticationType: "BASIC")]),
      "operation_policies[0].authentication_type"
    ),
    (
      APISettings(
        operationPolicies: Array(
          repeating: .init(target: "GET /", authenticationType: "NONE"), count: 2)),
      "operation_policies[1].target"
    ),
    (
      APISettings(
        operationPolicies: (0..<201).map {
          .init(target: "GET /\($0)", authenticationType: "NONE")
        }), "operation_policies"
    ),
    (APISettings(cors: .init(allowOrigins: ["app.example"])), "cors.allow_origins[0]"),
    (APISettings(cors: .init(allowOrigins: ["https://a/b"])), "cors.allow_origins[0]"),
    (
      APISettings(cors: .init(allowOrigins: ["https://" + String(repeating: "a", count: 248)])),
      "cors.allow_origins[0]"
    ),
    (
      APISettings(cors: .init(allowOrigins: Array(repeating: "*", count: 51))),
      "cors.allow_origins"
    ),
    (APISettings(cors: .init(allowMethods: ["GET", "get"])), "cors.allow_methods[1]"),
    (
      APISettings(cors: .init(allowMethods: Array(repeating: "GET", count: 21))),
      "cors.allow_methods"
    ),
    (APISettings(cors: .init(allowHeaders: ["a b"])), "cors.allow_headers[0]"),
    (APISettings(cors: .init(exposeHeaders: [""])), "cors.expose_headers[0]"),
    (
      APISettings(cors: .init(exposeHeaders: Array(repeating: "a", count: 51))),
      "cors.expose_headers"
    ),
    (APISettings(rateLimitTier: "PLATINUM"), "rate_limit_tier"),
  ])
  func `names what breaks a rule`(settings: APISettings, field: String) {
    #expect(fields(settings) == ["api_settings.\(field)"])
  }

  @Test func `means the same in whatever order`() {
    func settings(_ values: [String]) -> APISettings {
      APISettings(
        securitySchemes: values, backendJWTAudiences: values,
        operationPolicies: values.map { .init(target: $0, authenticationType: "NONE") },
        cors: .init(
          allowOrigins: values, allowMethods: values, allowHeaders: values, exposeHeaders: values))
    }
    var one = settings(["a", "b"])
    var other = settings(["b", "a"])
    #expect(one.means(other))
    other.cors?.isEnabled = true
    #expect(!one.means(other))
    one.cors = nil
    #expect(!one.means(other))
  }
}
