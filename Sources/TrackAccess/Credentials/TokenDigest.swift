import Crypto

/// The SHA-256 of a bearer token: names it where the token itself must not be kept.
public struct TokenDigest: Sendable, Hashable {
  let bytes: [UInt8]

  public init(of token: some Collection<UInt8>) { bytes = SHA256.hash(token) }

  /// - Parameter bytes: the 32 bytes of a hash.
  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Takes the same time wherever two differ.
  func isSame(as other: TokenDigest) -> Bool { ConstantTime.areEqual(bytes, other.bytes) }
}
