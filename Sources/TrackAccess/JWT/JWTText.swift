import Crypto
import Wire

/// A token taken apart, and not verified: a JWS in compact form (RFC 7515 section 7.1) whose payload
/// is an object.
struct JWTText {
  static let mostBytes = 16 << 10
  private static let mostHeaderBytes = 2 << 10

  /// What the token says of its algorithm; the key decides.
  let algorithm: String
  let keyID: String?
  let claims: JSONValue
  /// What is signed: header and payload as they came.
  let signed: [UInt8]
  let signature: [UInt8]

  init(_ token: ArraySlice<UInt8>) throws(CredentialFault) {
    guard token.count <= Self.mostBytes else { throw .malformed }
    let parts = token.split(
      separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count <= Self.mostHeaderBytes else { throw .malformed }
    let header = try Self.object(parts[0])
    guard let algorithm = header["alg"]?.text else { throw .malformed }
    // What `crit` names has to be understood, and nothing is (RFC 7515 section 4.1.11).
    guard header["crit"] == nil else { throw .malformed }
    if let type = header["typ"] {
      let names = ["jwt", "jose", "at+jwt", "application/at+jwt", "application/jwt"]
      guard let name = type.text?.lowercased(), names.contains(name) else { throw .malformed }
    }
    var keyID: String?
    if let id = header["kid"] {
      guard let text = id.text else { throw .malformed }
      keyID = text
    }
    // `none` and HMAC are no algorithm of any key here: no need to look at the rest.
    guard SignatureKey.Algorithm(rawValue: algorithm) != nil else { throw .badSignature }
    let last = parts[2]
    guard let signature = Base64.url.decode(last.span), !signature.isEmpty else {
      throw .malformed
    }
    self.algorithm = algorithm
    self.keyID = keyID
    claims = try Self.object(parts[1])
    signed = Array(token[parts[0].startIndex..<parts[1].endIndex])
    self.signature = signature
  }

  private static func object(_ part: ArraySlice<UInt8>) throws(CredentialFault) -> JSONValue {
    guard let bytes = Base64.url.decode(part.span), let value = try? JSONReader.read(bytes),
      case .object = value
    else { throw .malformed }
    return value
  }
}
