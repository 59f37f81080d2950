package import TrackDomain
package import TrackMessages

extension ApiSettings {
  package init(_ settings: APISettings) {
    self.init()
    securitySchemes = settings.securitySchemes
    authorizationHeader = settings.authorizationHeader
    if settings.isBackendJWTEnabled || !settings.backendJWTAudiences.isEmpty {
      var token = BackendJwt()
      token.enable = settings.isBackendJWTEnabled
      token.audiences = settings.backendJWTAudiences
      backendJwt = token
    }
    operationPolicies = settings.operationPolicies.map { policy in
      var message = OperationPolicy()
      message.target = policy.target
      message.authenticationType = policy.authenticationType
      return message
    }
    cors = settings.cors.map { Cors($0) }
    rateLimitTier = settings.rateLimitTier
  }
}

extension Cors {
  package init(_ cors: APISettings.CORS) {
    self.init()
    enable = cors.isEnabled
    allowOrigins = cors.allowOrigins
    allowMethods = cors.allowMethods
    allowHeaders = cors.allowHeaders
    exposeHeaders = cors.exposeHeaders
  }
}

extension APISettings {
  package init(_ message: ApiSettings) {
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
  package init(_ message: Cors) {
    self.init(
      isEnabled: message.enable, allowOrigins: message.allowOrigins,
      allowMethods: message.allowMethods, allowHeaders: message.allowHeaders,
      exposeHeaders: message.exposeHeaders)
  }
}
