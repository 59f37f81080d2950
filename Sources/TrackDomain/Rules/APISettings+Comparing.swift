extension APISettings {
  /// Whether these settings have the meaning of `other`: the order of lists has none.
  public func means(_ other: APISettings) -> Bool {
    inOrder == other.inOrder
  }

  /// The same settings with all lists sorted.
  public var inOrder: APISettings {
    var copy = self
    copy.securitySchemes.sort()
    copy.backendJWTAudiences.sort()
    copy.operationPolicies.sort { $0.target < $1.target }
    copy.cors?.allowOrigins.sort()
    copy.cors?.allowMethods.sort()
    copy.cors?.allowHeaders.sort()
    copy.cors?.exposeHeaders.sort()
    return copy
  }

  /// Adds all fields to `digest`.
  public func combine(into digest: inout Digest) {
    digest.combine(securitySchemes)
    digest.combine(authorizationHeader)
    digest.combine(isBackendJWTEnabled)
    digest.combine(backendJWTAudiences)
    digest.combine(UInt64(operationPolicies.count))
    for policy in operationPolicies {
      digest.combine(policy.target)
      digest.combine(policy.authenticationType)
    }
    // An empty tier adds nothing, so that digests from before the field existed keep their value.
    if !rateLimitTier.isEmpty { digest.combine(rateLimitTier) }
    digest.combine(cors != nil)
    guard let cors else { return }
    digest.combine(cors.isEnabled)
    for list in [cors.allowOrigins, cors.allowMethods, cors.allowHeaders, cors.exposeHeaders] {
      digest.combine(list)
    }
  }
}

extension Digest {
  /// Adds the number of texts, and each text.
  mutating func combine(_ texts: [String]) {
    combine(UInt64(texts.count))
    for text in texts { combine(text) }
  }
}
