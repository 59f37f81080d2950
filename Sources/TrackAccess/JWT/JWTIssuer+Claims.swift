extension JWTIssuer {
  /// How far the clocks of the issuer and of this machine may be apart, in seconds.
  public static let skew: Int64 = 60
  /// The end of the year 9999: later ones are no times.
  private static let lastTime: Int64 = 253_402_300_799
  private static let mostGroups = 500

  /// When the token ends: it needs an end.
  static func end(of claims: JSONValue) throws(CredentialFault) -> Int64 {
    guard let claim = claims["exp"] else { throw .wrongClaims }
    return try time(claim, roundedUp: false)
  }

  /// Refuses a token that is not for now.
  static func checkTime(of claims: JSONValue, now: Int64) throws(CredentialFault) {
    guard now < (try end(of: claims)) + skew else { throw .expired }
    guard let claim = claims["nbf"] else { return }
    guard try time(claim, roundedUp: true) <= now + skew else { throw .notYetValid }
  }

  /// Seconds since 1970 (RFC 7519 section 2, NumericDate): whole or with a fraction, and without an
  /// exponent, which no issuer writes.
  private static func time(
    _ claim: JSONValue, roundedUp: Bool
  ) throws(CredentialFault) -> Int64 {
    guard case .number(let text) = claim else { throw .malformed }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let seconds = Int64(parts[0]), (0...lastTime).contains(seconds),
      !parts[0].hasPrefix("-"), parts.dropFirst().allSatisfy({ $0.utf8.allSatisfy(isDigit) })
    else { throw .malformed }
    let hasFraction = parts.dropFirst().contains { $0.contains { $0 != "0" } }
    return seconds + (roundedUp && hasFraction ? 1 : 0)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// The caller that verified claims name.
  func caller(_ claims: JSONValue) throws(CredentialFault) -> Caller {
    try checkAudience(claims["aud"])
    for required in requiredClaims {
      guard Self.value(at: required.path, claims).map({ Self.holds(required, $0) }) ?? false else {
        throw .wrongClaims
      }
    }
    guard let subject = Self.value(at: nameClaim, claims)?.text,
      PrincipalText.isName(subject)
    else { throw .wrongClaims }
    return Caller(
      principal: "jwt:\(name)#\(subject)", groups: try groups(claims),
      expiresAt: try Self.end(of: claims))
  }

  private func checkAudience(_ claim: JSONValue?) throws(CredentialFault) {
    let named: [String]
    switch claim {
    case .string(let text)?: named = [text]
    case .array?:
      guard let texts = claim?.texts else { throw .malformed }
      named = texts
    case nil: throw .wrongAudience
    default: throw .malformed
    }
    guard named.contains(where: { name in audiences.contains { $0.hasSameBytes(as: name) } }) else {
      throw .wrongAudience
    }
  }

  private func groups(_ claims: JSONValue) throws(CredentialFault) -> [String] {
    guard let groupsClaim, let value = Self.value(at: groupsClaim, claims) else { return [] }
    guard let names = value.text.map({ [$0] }) ?? value.texts, names.count <= Self.mostGroups,
      names.allSatisfy(PrincipalText.isName)
    else { throw .wrongClaims }
    return names.map { "jwt:\(name)#\($0)" }
  }

  private static func holds(_ required: RequiredClaim, _ value: JSONValue) -> Bool {
    switch value {
    case .string(let text), .number(let text):
      required.values.contains { $0.hasSameBytes(as: text) }
    case .bool(let flag): required.values.contains(flag ? "true" : "false")
    case .array(let elements):
      elements.contains { element in
        element.text.map { text in required.values.contains { $0.hasSameBytes(as: text) } } ?? false
      }
    case .null, .object: false
    }
  }

  private static func value(at path: ClaimPath, _ claims: JSONValue) -> JSONValue? {
    var value = claims
    for step in path {
      guard let next = value[step] else { return nil }
      value = next
    }
    return value
  }
}
