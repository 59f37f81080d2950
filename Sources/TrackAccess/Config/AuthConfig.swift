import YAML

/// Reads the file of `--auth-config`:
///
///     issuers:
///       - issuer: https://token.actions.githubusercontent.com
///         audiences: [trackd]
///         jwks_url: https://token.actions.githubusercontent.com/.well-known/jwks
///         name_claim: sub
///         required_claims:
///           - {claim: repository_owner, values: [example]}
public enum AuthConfig {
  public static let mostBytes = 1 << 20
  private static let mostIssuers = 100

  public static func read(_ bytes: [UInt8]) throws(AccessFileFault) -> [JWTIssuer] {
    var limits = YAMLLimits()
    limits.bytes = mostBytes
    let root: YAMLNode
    do throws(YAMLError) {
      let (node, problems) = try YAMLTreeBuilder.read(bytes, limits: limits)
      if let problem = problems.first { throw problem.error }
      root = node
    } catch {
      throw AccessFileFault(error.position, error.message)
    }
    let fields = try ConfigFields(root, "the file", allowed: ["issuers"])
    let list = try fields.elements("issuers")
    guard (1...mostIssuers).contains(list.count) else {
      throw AccessFileFault(root.start, "'issuers' has 1 to \(mostIssuers) issuers")
    }
    var issuers: [JWTIssuer] = []
    for node in list {
      let issuer = try Self.issuer(node)
      guard !issuers.contains(where: { $0.name.hasSameBytes(as: issuer.name) }) else {
        throw AccessFileFault(node.start, "the issuer '\(issuer.name)' is there twice")
      }
      issuers.append(issuer)
    }
    return issuers
  }

  private static func issuer(_ node: YAMLNode) throws(AccessFileFault) -> JWTIssuer {
    let fields = try ConfigFields(
      node, "an issuer",
      allowed: [
        "issuer", "audiences", "jwks_file", "jwks_url", "ca_file", "name_claim", "groups_claim",
        "required_claims",
      ])
    let name = try fields.text("issuer")
    guard PrincipalText.isName(name), !name.contains("#") else {
      throw AccessFileFault(
        fields.place("issuer"), "an issuer has 1 to 255 characters, none of them '#'")
    }
    var issuer = JWTIssuer(
      name: name, audiences: try fields.texts("audiences"), keys: try keySource(fields))
    if fields.has("name_claim") { issuer.nameClaim = try fields.texts("name_claim") }
    if fields.has("groups_claim") { issuer.groupsClaim = try fields.texts("groups_claim") }
    if fields.has("required_claims") {
      for node in try fields.elements("required_claims") {
        let claim = try ConfigFields(node, "a required claim", allowed: ["claim", "values"])
        issuer.requiredClaims.append(
          JWTIssuer.RequiredClaim(try claim.texts("claim"), try claim.texts("values")))
      }
    }
    return issuer
  }

  private static func keySource(
    _ fields: ConfigFields
  ) throws(AccessFileFault) -> JWTIssuer.KeySource {
    guard fields.has("jwks_file") != fields.has("jwks_url") else {
      throw AccessFileFault(fields.start, "an issuer has one of 'jwks_file' and 'jwks_url'")
    }
    if fields.has("jwks_file") {
      guard !fields.has("ca_file") else {
        throw AccessFileFault(fields.place("ca_file"), "'ca_file' belongs to 'jwks_url'")
      }
      return .file(try fields.text("jwks_file"))
    }
    let url = try fields.text("jwks_url")
    guard isURL(url) else {
      throw AccessFileFault(
        fields.place("jwks_url"), "is no URL that begins with https:// and names a host")
    }
    return .url(url, caFile: fields.has("ca_file") ? try fields.text("ca_file") : nil)
  }

  /// Keys that came over http would be anybody's.
  private static func isURL(_ text: String) -> Bool {
    guard text.hasPrefix("https://"), text.utf8.count <= 2048,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return false }
    let authority = text.dropFirst(8).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return !authority.isEmpty && !authority.contains("@")
  }
}

extension AccessFileFault {
  init(_ position: YAMLPosition, _ message: String) {
    self.init(line: position.line, column: position.column, message)
  }
}
