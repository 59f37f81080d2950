import Crypto
import Wire

/// The public keys of an issuer, from a JWK set (RFC 7517 section 5).
public struct KeySet: Sendable {
  /// Why a text is no key set that can be used; for the operator.
  public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
  }

  struct Entry: Sendable {
    /// Nil for a key without a name.
    let id: String?
    let key: SignatureKey
    /// What the key was made of.
    let parts: [String: String]
  }

  public static let mostBytes = 256 << 10
  private static let mostKeys = 64

  let entries: [Entry]

  /// Keys of other kinds and for other uses than signatures are passed over.
  ///
  /// - Throws: for a text that is no key set, has no key that can be used, or has two of one name:
  ///   which one signed would be a guess.
  public init(jwks bytes: [UInt8]) throws(Fault) {
    guard bytes.count <= Self.mostBytes else {
      throw Fault(description: "has more than \(Self.mostBytes) bytes")
    }
    guard let value = try? JSONReader.read(bytes), let keys = value["keys"]?.elements else {
      throw Fault(description: "is no JSON object with a list 'keys'")
    }
    guard keys.count <= Self.mostKeys else {
      throw Fault(description: "has more than \(Self.mostKeys) keys")
    }
    var entries: [Entry] = []
    var refusal = "has no key that can verify RS256, ES256 or EdDSA"
    for key in keys where Self.isForSignatures(key) {
      let id = key["kid"]?.text
      if entries.contains(where: { $0.id == id }) {
        throw Fault(description: "has two keys with the same 'kid', or without any")
      }
      do {
        guard let made = try Self.key(key) else { continue }
        entries.append(Entry(id: id, key: made, parts: Self.parts(of: key)))
      } catch {
        refusal = "has no key that can be used: \(error.description)"
      }
    }
    guard !entries.isEmpty else { throw Fault(description: refusal) }
    self.entries = entries
  }

  /// The key that a token names; without a name the only one.
  func key(_ id: String?) -> SignatureKey? {
    guard let id else { return entries.count == 1 ? entries[0].key : nil }
    return entries.first { $0.id?.hasSameBytes(as: id) ?? false }?.key
  }

  /// Whether it has the same keys by the same names, in whatever order.
  func isSame(as other: KeySet) -> Bool {
    entries.count == other.entries.count
      && entries.allSatisfy { entry in
        other.entries.contains { $0.id == entry.id && $0.parts == entry.parts }
      }
  }

  private static func parts(of key: JSONValue) -> [String: String] {
    var parts: [String: String] = [:]
    for name in ["kty", "crv", "alg", "n", "e", "x", "y"] { parts[name] = key[name]?.text }
    return parts
  }

  private static func isForSignatures(_ key: JSONValue) -> Bool {
    if let use = key["use"], use.text != "sig" { return false }
    if let operations = key["key_ops"], operations.texts?.contains("verify") != true {
      return false
    }
    return true
  }

  /// Nil for a key of another kind, or for another algorithm of its kind.
  private static func key(_ key: JSONValue) throws(CryptoError) -> SignatureKey? {
    let algorithm = key["alg"].map { $0.text ?? "" }
    func may(_ name: SignatureKey.Algorithm) -> Bool {
      algorithm == nil || algorithm == name.rawValue
    }
    switch key["kty"]?.text {
    case "RSA":
      guard may(.rs256) else { return nil }
      return try .rsa(modulus: number(key, "n"), exponent: number(key, "e"))
    case "EC":
      guard may(.es256), key["crv"]?.text == "P-256" else { return nil }
      return try .p256(x: number(key, "x"), y: number(key, "y"))
    case "OKP":
      guard key["crv"]?.text == "Ed25519", may(.edDSA) || algorithm == "Ed25519" else {
        return nil
      }
      return try .ed25519(number(key, "x"))
    default: return nil
    }
  }

  private static func number(
    _ key: JSONValue, _ name: String
  ) throws(CryptoError) -> [UInt8] {
    guard let text = key[name]?.text, let bytes = Base64.url.decode(text.utf8.span) else {
      throw CryptoError("'\(name)' of a key is no base64url")
    }
    return bytes
  }
}
