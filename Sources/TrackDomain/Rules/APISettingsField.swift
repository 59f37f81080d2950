/// The fields of API settings that an update mask can name, by their paths below `api_settings`.
public enum APISettingsField: String, Sendable, CaseIterable {
  case securitySchemes = "security_schemes"
  case authorizationHeader = "authorization_header"
  case backendJWT = "backend_jwt"
  case backendJWTEnable = "backend_jwt.enable"
  case backendJWTAudiences = "backend_jwt.audiences"
  case operationPolicies = "operation_policies"
  case cors
  case corsEnable = "cors.enable"
  case corsAllowOrigins = "cors.allow_origins"
  case corsAllowMethods = "cors.allow_methods"
  case corsAllowHeaders = "cors.allow_headers"
  case corsExposeHeaders = "cors.expose_headers"
  case rateLimitTier = "rate_limit_tier"

  /// Gives `settings` the value that the field has in `source`.
  func copy(from source: APISettings, to settings: inout APISettings) {
    switch self {
    case .securitySchemes: settings.securitySchemes = source.securitySchemes
    case .authorizationHeader: settings.authorizationHeader = source.authorizationHeader
    case .backendJWT:
      settings.isBackendJWTEnabled = source.isBackendJWTEnabled
      settings.backendJWTAudiences = source.backendJWTAudiences
    case .backendJWTEnable: settings.isBackendJWTEnabled = source.isBackendJWTEnabled
    case .backendJWTAudiences: settings.backendJWTAudiences = source.backendJWTAudiences
    case .operationPolicies: settings.operationPolicies = source.operationPolicies
    case .cors: settings.cors = source.cors
    case .corsEnable: copy(\.isEnabled, from: source, to: &settings)
    case .corsAllowOrigins: copy(\.allowOrigins, from: source, to: &settings)
    case .corsAllowMethods: copy(\.allowMethods, from: source, to: &settings)
    case .corsAllowHeaders: copy(\.allowHeaders, from: source, to: &settings)
    case .corsExposeHeaders: copy(\.exposeHeaders, from: source, to: &settings)
    case .rateLimitTier: settings.rateLimitTier = source.rateLimitTier
    }
  }

  /// Where there is no CORS, copying an empty value does not create it.
  private func copy<Value: Equatable>(
    _ field: WritableKeyPath<APISettings.CORS, Value>, from source: APISettings,
    to settings: inout APISettings
  ) {
    let none = APISettings.CORS()
    let value = source.cors?[keyPath: field] ?? none[keyPath: field]
    if settings.cors == nil, value == none[keyPath: field] { return }
    settings.cors = settings.cors ?? none
    settings.cors?[keyPath: field] = value
  }
}

/// A change of a track's API settings.
public enum APISettingsChange: Sendable, Hashable {
  /// The settings become these; nil for none.
  case replace(APISettings?)
  /// The named fields take these values; the others stay.
  case merge(APISettings, [APISettingsField])

  /// The settings after the change; nil when all their fields are empty.
  public func applied(to settings: APISettings?) -> APISettings? {
    switch self {
    case .replace(let new): return new == APISettings() ? nil : new
    case .merge(let source, let fields):
      var merged = settings ?? APISettings()
      for field in fields { field.copy(from: source, to: &merged) }
      return merged == APISettings() ? nil : merged
    }
  }

  /// The settings of the request that have to obey the rules: without fields that the mask does not
  /// name.
  public var given: APISettings {
    switch self {
    case .replace(let settings): settings ?? APISettings()
    case .merge: applied(to: nil) ?? APISettings()
    }
  }
}
