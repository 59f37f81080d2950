/// The rules of API settings.
public enum APISettingsRules {
  static var securitySchemes: [String] { ["API_KEY", "OAUTH"] }
  static var authenticationTypes: [String] { ["NONE", "OAUTH2"] }
  static var rateLimitTiers: [String] { ["UNLIMITED", "GOLD", "SILVER", "BRONZE"] }
  static var methods: [String] {
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]
  }

  /// Adds every violation of a rule to `violations`, under the path of the settings in the request.
  public static func check(
    _ settings: APISettings, at path: String = "api_settings", _ violations: inout Violations
  ) {
    checkSecurity(settings, path, &violations)
    checkPolicies(settings.operationPolicies, "\(path).operation_policies", &violations)
    if let cors = settings.cors { check(cors, "\(path).cors", &violations) }
    let tier = settings.rateLimitTier
    if !tier.isEmpty, !rateLimitTiers.contains(tier) {
      violations.add("\(path).rate_limit_tier", mustBeOne(of: rateLimitTiers))
    }
  }

  private static func checkSecurity(
    _ settings: APISettings, _ path: String, _ violations: inout Violations
  ) {
    var seen: Set<String> = []
    for (index, scheme) in settings.securitySchemes.enumerated() {
      let field = "\(path).security_schemes[\(index)]"
      if !securitySchemes.contains(scheme) {
        violations.add(field, mustBeOne(of: securitySchemes))
      } else if !seen.insert(scheme).inserted {
        violations.add(field, invalid("must not repeat"))
      }
    }
    let header = settings.authorizationHeader
    if !header.isEmpty, !isFieldName(header) {
      violations.add("\(path).authorization_header", mustBeAFieldName)
    }
    checkEach(settings.backendJWTAudiences, "\(path).backend_jwt.audiences", 20, &violations) {
      checkText($0)
    }
  }

  private static func checkPolicies(
    _ policies: [APISettings.OperationPolicy], _ path: String, _ violations: inout Violations
  ) {
    guard policies.count <= 200 else {
      return violations.add(path, invalid("must be at most 200"))
    }
    var targets: Set<String> = []
    for (index, policy) in policies.enumerated() {
      if let problem = checkText(policy.target) {
        violations.add("\(path)[\(index)].target", problem)
      } else if !targets.insert(policy.target).inserted {
        violations.add("\(path)[\(index)].target", invalid("must be unique"))
      }
      if !authenticationTypes.contains(policy.authenticationType) {
        violations.add(
          "\(path)[\(index)].authentication_type", mustBeOne(of: authenticationTypes))
      }
    }
  }

  private static func check(
    _ cors: APISettings.CORS, _ path: String, _ violations: inout Violations
  ) {
    checkEach(cors.allowOrigins, "\(path).allow_origins", 50, &violations) {
      isOrigin($0) ? nil : invalid("must be '*' or an origin such as https://app.example")
    }
    checkEach(cors.allowMethods, "\(path).allow_methods", 20, &violations) {
      methods.contains($0) ? nil : mustBeOne(of: methods)
    }
    for (name, headers) in [
      ("allow_headers", cors.allowHeaders), ("expose_headers", cors.exposeHeaders),
    ] {
      checkEach(headers, "\(path).\(name)", 50, &violations) {
        isFieldName($0) ? nil : mustBeAFieldName
      }
    }
  }

  private static func checkEach(
    _ values: [String], _ path: String, _ limit: Int, _ violations: inout Violations,
    _ problem: (String) -> InvalidValue?
  ) {
    guard values.count <= limit else {
      return violations.add(path, invalid("must be at most \(limit)"))
    }
    for (index, value) in values.enumerated() {
      if let problem = problem(value) { violations.add("\(path)[\(index)]", problem) }
    }
  }

  // MARK: Texts

  private static func checkText(_ text: String) -> InvalidValue? {
    if text.isEmpty { return invalid("must not be empty") }
    do {
      _ = try TextRule(reason: .invalidAPISettings, maximumLength: 255, allowsLines: false)
        .check(text)
      return nil
    } catch {
      return error
    }
  }

  /// A field name: the `token` of RFC 9110 section 5.6.2, which `*` is too.
  private static func isFieldName(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// `*`, or scheme, host and optional port, as RFC 6454 writes an origin.
  private static func isOrigin(_ text: String) -> Bool {
    if text == "*" { return true }
    guard text.utf8.count <= 255, let scheme = ["https://", "http://"].first(where: text.hasPrefix)
    else { return false }
    let host = text.utf8.dropFirst(scheme.utf8.count)
    return !host.isEmpty
      && host.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-.:[]*_".utf8.contains(byte)
        }
      }
  }

  private static var mustBeAFieldName: InvalidValue {
    invalid("must be the name of a header field, of at most 255 characters")
  }

  private static func mustBeOne(of names: [String]) -> InvalidValue {
    invalid("must be one of " + names.joined(separator: ", "))
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidAPISettings, description)
  }
}
