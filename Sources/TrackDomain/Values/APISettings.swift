/// How an API gateway treats the endpoints of a track.
public struct APISettings: Sendable, Hashable {
  /// Whether callers of an operation have to authenticate.
  public struct OperationPolicy: Sendable, Hashable {
    /// The operation, such as `GET /orders`.
    public var target: String
    /// `OAUTH2` or `NONE`.
    public var authenticationType: String

    public init(target: String, authenticationType: String) {
      self.target = target
      self.authenticationType = authenticationType
    }
  }

  /// Cross-origin resource sharing.
  public struct CORS: Sendable, Hashable {
    public var isEnabled: Bool
    public var allowOrigins: [String]
    public var allowMethods: [String]
    public var allowHeaders: [String]
    public var exposeHeaders: [String]

    public init(
      isEnabled: Bool = false, allowOrigins: [String] = [], allowMethods: [String] = [],
      allowHeaders: [String] = [], exposeHeaders: [String] = []
    ) {
      self.isEnabled = isEnabled
      self.allowOrigins = allowOrigins
      self.allowMethods = allowMethods
      self.allowHeaders = allowHeaders
      self.exposeHeaders = exposeHeaders
    }
  }

  /// `OAUTH` and `API_KEY`, each at most once.
  public var securitySchemes: [String]
  /// The header that carries the token; empty for the gateway's own.
  public var authorizationHeader: String
  public var isBackendJWTEnabled: Bool
  public var backendJWTAudiences: [String]
  public var operationPolicies: [OperationPolicy]
  public var cors: CORS?
  /// The name of a tier, such as `BRONZE`; empty for none. See `APISettingsRules`.
  public var rateLimitTier: String

  public init(
    securitySchemes: [String] = [], authorizationHeader: String = "",
    isBackendJWTEnabled: Bool = false, backendJWTAudiences: [String] = [],
    operationPolicies: [OperationPolicy] = [], cors: CORS? = nil, rateLimitTier: String = ""
  ) {
    self.securitySchemes = securitySchemes
    self.authorizationHeader = authorizationHeader
    self.isBackendJWTEnabled = isBackendJWTEnabled
    self.backendJWTAudiences = backendJWTAudiences
    self.operationPolicies = operationPolicies
    self.cors = cors
    self.rateLimitTier = rateLimitTier
  }
}
