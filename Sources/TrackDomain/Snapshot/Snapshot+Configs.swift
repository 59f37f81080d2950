extension Snapshot {
  // MARK: Configurations

  public static func encode(_ configs: TrackConfigs) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 256)
    writer.byte(format)
    writer.endpoints(configs.endpoints)
    writer.optionalAPISettings(configs.apiSettings)
    writer.environmentVariables(configs.environmentVariables)
    return writer.bytes
  }

  public static func configs(_ bytes: [UInt8]) throws(SnapshotError) -> TrackConfigs {
    var reader = try open(bytes)
    let configs = TrackConfigs(
      endpoints: try reader.endpoints(), apiSettings: try reader.optionalAPISettings(),
      environmentVariables: try reader.environmentVariables())
    try reader.end()
    return configs
  }

  /// No bytes for nil.
  public static func encode(_ settings: APISettings?) -> [UInt8] {
    guard let settings else { return [] }
    var writer = SnapshotWriter(reserving: 128)
    writer.byte(format)
    writer.apiSettings(settings)
    return writer.bytes
  }

  public static func apiSettings(_ bytes: [UInt8]) throws(SnapshotError) -> APISettings? {
    if bytes.isEmpty { return nil }
    var reader = try open(bytes)
    let settings = try reader.apiSettings()
    try reader.end()
    return settings
  }

  /// No bytes for no variables.
  public static func encode(_ variables: [EnvironmentVariable]) -> [UInt8] {
    if variables.isEmpty { return [] }
    var writer = SnapshotWriter(reserving: 48 * variables.count)
    writer.byte(format)
    writer.environmentVariables(variables)
    return writer.bytes
  }

  public static func environmentVariables(
    _ bytes: [UInt8]
  ) throws(SnapshotError) -> [EnvironmentVariable] {
    if bytes.isEmpty { return [] }
    var reader = try open(bytes)
    let variables = try reader.environmentVariables()
    try reader.end()
    return variables
  }
}

extension SnapshotWriter {
  mutating func optionalAPISettings(_ settings: APISettings?) {
    flag(settings != nil)
    if let settings { apiSettings(settings) }
  }

  mutating func apiSettings(_ settings: APISettings) {
    texts(settings.securitySchemes)
    text(settings.authorizationHeader)
    flag(settings.isBackendJWTEnabled)
    texts(settings.backendJWTAudiences)
    unsigned(UInt64(settings.operationPolicies.count))
    for policy in settings.operationPolicies {
      text(policy.target)
      text(policy.authenticationType)
    }
    flag(settings.cors != nil)
    if let cors = settings.cors {
      flag(cors.isEnabled)
      texts(cors.allowOrigins)
      texts(cors.allowMethods)
      texts(cors.allowHeaders)
      texts(cors.exposeHeaders)
    }
    text(settings.rateLimitTier)
  }

  mutating func environmentVariables(_ variables: [EnvironmentVariable]) {
    unsigned(UInt64(variables.count))
    for variable in variables {
      text(variable.name)
      byte(variable.origin.rawValue)
      source(variable.source)
    }
  }

  private mutating func source(_ source: EnvironmentVariable.Source) {
    switch source {
    case .value(let value):
      byte(1)
      text(value)
    case .connection(let name, let key):
      byte(2)
      text(name)
      text(key)
    case .configGroup(let name, let key):
      byte(3)
      text(name)
      text(key)
    case .form(let form):
      byte(4)
      text(form.displayName)
      flag(form.isRequired)
      text(form.type)
    }
  }
}

extension SnapshotReader {
  mutating func optionalAPISettings() throws(SnapshotError) -> APISettings? {
    try flag() ? try apiSettings() : nil
  }

  mutating func apiSettings() throws(SnapshotError) -> APISettings {
    APISettings(
      securitySchemes: try texts(), authorizationHeader: try text(),
      isBackendJWTEnabled: try flag(), backendJWTAudiences: try texts(),
      operationPolicies: try operationPolicies(), cors: try flag() ? try cors() : nil,
      rateLimitTier: try text())
  }

  private mutating func operationPolicies() throws(SnapshotError) -> [APISettings.OperationPolicy] {
    var policies: [APISettings.OperationPolicy] = []
    for _ in 0..<(try count()) {
      policies.append(
        APISettings.OperationPolicy(target: try text(), authenticationType: try text()))
    }
    return policies
  }

  private mutating func cors() throws(SnapshotError) -> APISettings.CORS {
    APISettings.CORS(
      isEnabled: try flag(), allowOrigins: try texts(), allowMethods: try texts(),
      allowHeaders: try texts(), exposeHeaders: try texts())
  }

  mutating func environmentVariables() throws(SnapshotError) -> [EnvironmentVariable] {
    var variables: [EnvironmentVariable] = []
    for _ in 0..<(try count()) {
      let name = try text()
      let origin = try raw(EndpointOrigin.self)
      variables.append(EnvironmentVariable(name: name, source: try source(), origin: origin))
    }
    return variables
  }

  private mutating func source() throws(SnapshotError) -> EnvironmentVariable.Source {
    switch try byte() {
    case 1: .value(try text())
    case 2: .connection(name: try text(), key: try text())
    case 3: .configGroup(name: try text(), key: try text())
    case 4:
      .form(
        EnvironmentVariable.ConfigForm(
          displayName: try text(), isRequired: try flag(), type: try text()))
    default: throw SnapshotError()
    }
  }
}
