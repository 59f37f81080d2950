import TrackDomain
import TrackMessages

extension APISettings {
  init(_ message: ApiSettings) {
    self.init(
      securitySchemes: message.securitySchemes,
      authorizationHeader: message.authorizationHeader,
      isBackendJWTEnabled: message.backendJwt?.enable ?? false,
      backendJWTAudiences: message.backendJwt?.audiences ?? [],
      operationPolicies: message.operationPolicies.map {
        OperationPolicy(target: $0.target, authenticationType: $0.authenticationType)
      },
      cors: message.cors.map { CORS($0) }, rateLimitTier: message.rateLimitTier)
  }
}

extension APISettings.CORS {
  init(_ message: Cors) {
    self.init(
      isEnabled: message.enable, allowOrigins: message.allowOrigins,
      allowMethods: message.allowMethods, allowHeaders: message.allowHeaders,
      exposeHeaders: message.exposeHeaders)
  }
}
