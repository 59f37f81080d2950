import TrackMessages

/// A configuration as lines, one for each part, for reading and for comparing.
struct ConfigLines {
  struct Line: Hashable {
    /// As in lists of changes: `environment_variables/LEVEL`, and `api_settings.cors.enable` below
    /// settings.
    let target: String
    let value: String
  }

  /// Endpoints, API settings and environment variables, in this order.
  let lines: [Line]
  /// The variables whose value is masked.
  let masked: Set<String>

  init(_ configs: TrackConfigs) {
    let endpoints = configs.endpoints.map { Line(target: "endpoints/\($0.name)", value: $0.line) }
    let settings = (configs.apiSettings?.fields ?? []).map {
      Line(target: "api_settings.\($0.path)", value: $0.value)
    }
    let variables = configs.environmentVariables.map {
      Line(
        target: "environment_variables/\($0.name)",
        value: "\($0.sourceWord) \($0.valueText) (\(Words.word($0.origin)))")
    }
    lines = endpoints + settings + variables
    masked = Set(configs.environmentVariables.filter(\.isMasked).map(\.name))
  }

  /// The lines to remove from this configuration, and to add to it, to get `other`.
  func difference(to other: ConfigLines) -> [(sign: String, line: Line)] {
    let (old, new) = (Set(lines), Set(other.lines))
    let gone = lines.filter { !new.contains($0) }
    let come = other.lines.filter { !old.contains($0) }
    var difference: [(sign: String, line: Line)] = []
    var seen: Set<String> = []
    for target in (gone + come).map(\.target) where seen.insert(target).inserted {
      difference += gone.filter { $0.target == target }.map { ("-", $0) }
      difference += come.filter { $0.target == target }.map { ("+", $0) }
    }
    return difference
  }
}

extension Endpoint {
  fileprivate var line: String {
    var parts = [Words.word(type), "port \(port)"]
    if !displayName.isEmpty { parts.append("named \(displayName)") }
    if !basePath.isEmpty { parts.append("at \(basePath)") }
    if !schemaFilePath.isEmpty { parts.append("schema \(schemaFilePath)") }
    parts.append(networkVisibilities.map { Words.word($0) }.joined(separator: " "))
    return parts.joined(separator: ", ") + " (\(Words.word(origin)))"
  }
}

extension EnvironmentVariable {
  /// Whether the server hides its value.
  var isMasked: Bool { source == .value("********") }

  /// The source of its value.
  var sourceWord: String {
    switch source {
    case .value: "value"
    case .connectionRef: "connection"
    case .configGroupRef: "config group"
    case .configForm: "form"
    case nil: ""
    }
  }

  /// The value, or the reference to it.
  var valueText: String {
    switch source {
    case .value(let text): text
    case .connectionRef(let reference), .configGroupRef(let reference):
      "\(reference.name)/\(reference.key)"
    case .configForm(let form): form.required ? "\(form.type), required" : form.type
    case nil: ""
    }
  }
}

extension ApiSettings {
  /// The settings that are set, by their paths in an update mask below `api_settings`.
  var fields: [(path: String, value: String)] {
    var fields = [
      ("security_schemes", securitySchemes.joined(separator: ", ")),
      ("authorization_header", authorizationHeader),
      ("backend_jwt.enable", backendJwt?.enable == true ? "true" : ""),
      ("backend_jwt.audiences", backendJwt?.audiences.joined(separator: ", ") ?? ""),
      (
        "operation_policies",
        operationPolicies.map { "\($0.target): \($0.authenticationType)" }.joined(separator: ", ")
      ),
    ]
    if let cors {
      fields += [
        ("cors.enable", cors.enable ? "true" : "false"),
        ("cors.allow_origins", cors.allowOrigins.joined(separator: ", ")),
        ("cors.allow_methods", cors.allowMethods.joined(separator: ", ")),
        ("cors.allow_headers", cors.allowHeaders.joined(separator: ", ")),
        ("cors.expose_headers", cors.exposeHeaders.joined(separator: ", ")),
      ]
    }
    fields.append(("rate_limit_tier", rateLimitTier))
    return fields.filter { !$0.1.isEmpty }.map { (path: $0.0, value: $0.1) }
  }
}
