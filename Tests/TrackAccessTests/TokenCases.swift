import Foundation
import Testing

@testable import TrackAccess

/// The tokens of `Inputs/tokens.json`, and the issuers that made them.
struct TokenCases: Sendable {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let token: String
    /// A principal, or the reason of a refusal.
    let outcome: String

    var testDescription: String { name }
  }

  static let shared = TokenCases()

  let now: Int64
  let cases: [Case]
  let weakKeys: [UInt8]
  private let keys: [String: [UInt8]]

  private init() {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "Inputs/tokens.json")
    let root =
      (try? JSONSerialization.jsonObject(with: Data(contentsOf: url))) as? [String: Any] ?? [:]
    func bytes(_ value: Any) -> [UInt8] {
      Array((try? JSONSerialization.data(withJSONObject: value)) ?? Data())
    }
    now = (root["now"] as? NSNumber)?.int64Value ?? 0
    cases = (root["cases"] as? [[String: String]] ?? []).map {
      Case(name: $0["name"] ?? "", token: $0["token"] ?? "", outcome: $0["outcome"] ?? "")
    }
    keys = (root["keys"] as? [String: Any] ?? [:]).mapValues(bytes)
    weakKeys = bytes(root["weak"] ?? [:])
  }

  func keySet(_ issuer: String) throws -> KeySet { try KeySet(jwks: #require(keys[issuer])) }

  /// The configuration that the cases are for.
  static let config = """
    issuers:
      - issuer: https://token.actions.githubusercontent.com
        audiences: [trackd]
        jwks_url: https://token.actions.githubusercontent.com/.well-known/jwks
        required_claims:
          - {claim: repository_owner, values: [example]}
      - issuer: https://kubernetes.default.svc.cluster.local
        audiences: [trackd]
        jwks_file: /etc/trackd/kubernetes.json
        required_claims:
          - {claim: [kubernetes.io, namespace], values: [ci, staging]}
      - issuer: https://dex.example.com/dex
        audiences: [trackd]
        jwks_url: https://dex.example.com/dex/keys
        name_claim: email
        groups_claim: groups
        required_claims:
          - {claim: email_verified, values: "true"}
      - issuer: https://keycloak.example.com/realms/example
        audiences: [trackd]
        jwks_url: https://keycloak.example.com/realms/example/protocol/openid-connect/certs
        name_claim: preferred_username
        groups_claim: [realm_access, roles]

    """

  func credentials(tokens: String = "") throws -> AccessCredentials {
    AccessCredentials(
      tokens: try TokenFile.read(Array(tokens.utf8)),
      issuers: try AuthConfig.read(Array(Self.config.utf8)).map {
        AccessCredentials.Issuer($0, keys: try keySet($0.name))
      })
  }
}
