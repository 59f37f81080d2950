import Crypto
import Wire

@testable import TrackAccess

extension FuzzTarget {
  /// What a stranger sends as `authorization`, and JSON Web Tokens taken apart: nothing is ever
  /// taken, since nobody has signed it. And the files of an operator.
  static let credentials = FuzzTarget(name: "credentials", maxLength: 2000) { bytes in
    var input = FuzzInput(bytes)
    switch input.choice(6) {
    case 0: Self.present(Array("Bearer ".utf8) + input.remainder())
    case 1: Self.present(input.remainder())
    case 2:
      let header = input.bytes(input.choice(200))
      let signature = input.bytes(input.choice(80))
      Self.present(Self.field([header, input.remainder(), signature]))
    case 3:
      let claims = Self.claims(input.remainder())
      Self.present(Self.field([Self.header, claims, [UInt8](repeating: 1, count: 64)]))
    case 4: Self.readKeys(input.remainder())
    default:
      let text = input.remainder()
      if let table = try? TokenFile.read(text) { check(table.find(TokenDigest(of: [])) == nil, "") }
      _ = try? AuthConfig.read(text)
    }
  }

  private static let header = Array(#"{"alg":"EdDSA","kid":"a","typ":"JWT"}"#.utf8)

  /// Claims around what the fuzzer says.
  private static func claims(_ bytes: [UInt8]) -> [UInt8] {
    Array(#"{"iss":"i","sub":"s","aud":"trackd","exp":2000,"x":"#.utf8) + bytes
      + Array("}".utf8)
  }

  private static func field(_ parts: [[UInt8]]) -> [UInt8] {
    Array("Bearer ".utf8) + parts.map { Base64.url.encode($0) }.joined(separator: [0x2E])
  }

  private static let unsignedCredentials = AccessCredentials(
    issuers: [
      AccessCredentials.Issuer(
        JWTIssuer(name: "i", audiences: ["trackd"], keys: .file("")),
        keys: try? KeySet(
          jwks: Array(
            #"""
            {"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
            "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
            """#.utf8)))
    ])

  private static func present(_ field: [UInt8]) {
    guard let token = try? BearerToken.read(field[...]) else { return }
    let verifier = CallerVerifier(unsignedCredentials)
    let instant = ContinuousClock.now
    for _ in 0..<2 {
      let caller = try? verifier.caller(bearing: token, from: "a", now: 1000, at: instant)
      check(caller == nil, "nobody has signed it")
    }
  }

  private static func readKeys(_ bytes: [UInt8]) {
    guard let keys = try? KeySet(jwks: bytes) else { return }
    check(!keys.entries.isEmpty, "a key set has keys")
    for entry in keys.entries {
      check(!entry.key.isValid([UInt8](repeating: 0, count: 64), for: bytes), "it signs nothing")
    }
  }
}
