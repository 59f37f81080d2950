extension APISettings {
  /// Whether these settings say what `other` says: the order of lists is of no meaning.
  public func means(_ other: APISettings) -> Bool {
    inOrder == other.inOrder
  }

  /// The same with all lists in order.
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
    // None adds nothing: digests that were kept before it counted stay what they are.
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
  /// The number of texts, and each.
  mutating func combine(_ texts: [String]) {
    combine(UInt64(texts.count))
    for text in texts { combine(text) }
  }
}
