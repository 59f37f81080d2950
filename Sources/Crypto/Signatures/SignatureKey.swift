import COpenSSL

/// A public key that verifies signatures with one algorithm, the key's own: who presents a signature
/// has no say in it.
///
/// `@unchecked Sendable`: OpenSSL's key is not changed once it is made, and verifying may share it.
@safe public final class SignatureKey: @unchecked Sendable {
  /// Names of RFC 7518 section 3.1 and RFC 8037 section 3.1.
  public enum Algorithm: String, Sendable, CaseIterable {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// ECDSA with P-256 and SHA-256; the signature is r and s, 32 bytes each.
    case es256 = "ES256"
    /// Ed25519.
    case edDSA = "EdDSA"
  }

  public let algorithm: Algorithm
  private let key: OpaquePointer
  /// Of a signature; others are no signatures of this key.
  private let signatureCount: Int

  private init(_ algorithm: Algorithm, owning key: OpaquePointer, signatureCount: Int) {
    self.algorithm = algorithm
    unsafe self.key = key
    self.signatureCount = signatureCount
  }

  deinit { unsafe EVP_PKEY_free(key) }

  // MARK: Making

  public static let leastRSABits = 2048
  /// Verifying takes the longer the larger the key is.
  public static let mostRSABits = 8192

  /// - Parameters:
  ///   - modulus: big-endian; 2048 to 8192 bits.
  ///   - exponent: big-endian; odd, 3 to 32 bits.
  public static func rsa(modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) -> SignatureKey {
    let modulus = Array(modulus.drop { $0 == 0 })
    let exponent = Array(exponent.drop { $0 == 0 })
    guard let first = modulus.first, let last = modulus.last, !last.isMultiple(of: 2) else {
      throw CryptoError("the RSA modulus is no odd number")
    }
    let bits = modulus.count * 8 - first.leadingZeroBitCount
    guard bits >= leastRSABits else {
      throw CryptoError("the RSA key has \(bits) bits, and needs \(leastRSABits)")
    }
    guard bits <= mostRSABits else { throw CryptoError("the RSA key has more than 8192 bits") }
    guard (1...4).contains(exponent.count), let low = exponent.last, !low.isMultiple(of: 2),
      exponent != [1]
    else { throw CryptoError("the RSA exponent is no odd number of 2 to 32 bits") }
    let builder = try ParameterBuilder()
    try builder.add("n", number: modulus)
    try builder.add("e", number: exponent)
    return try unsafe SignatureKey(
      .rs256, owning: builder.publicKey(of: "RSA"), signatureCount: modulus.count)
  }

  /// A key on the curve P-256.
  ///
  /// - Parameters:
  ///   - x: the coordinate, 32 bytes.
  ///   - y: likewise.
  public static func p256(x: [UInt8], y: [UInt8]) throws(CryptoError) -> SignatureKey {
    guard x.count == 32, y.count == 32 else {
      throw CryptoError("the coordinates of a P-256 key have 32 bytes each")
    }
    let builder = try ParameterBuilder()
    try builder.add("group", text: "prime256v1")
    // Uncompressed (SEC 1 section 2.3.3). OpenSSL refuses points that are not on the curve.
    try builder.add("pub", bytes: [0x04] + x + y)
    return try unsafe SignatureKey(.es256, owning: builder.publicKey(of: "EC"), signatureCount: 64)
  }

  /// - Parameter bytes: the 32 bytes of RFC 8032 section 5.1.5.
  public static func ed25519(_ bytes: [UInt8]) throws(CryptoError) -> SignatureKey {
    guard bytes.count == 32 else { throw CryptoError("an Ed25519 key has 32 bytes") }
    guard
      let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
    else { throw .last("read the Ed25519 key") }
    return unsafe SignatureKey(.edDSA, owning: key, signatureCount: 64)
  }

  // MARK: Verifying

  /// Whether the owner of the key has signed `bytes`.
  public func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
    guard signature.count == signatureCount else { return false }
    guard algorithm == .es256 else { return verify(signature, bytes) }
    guard let encoded = Self.derSignature(signature) else { return false }
    return verify(encoded, bytes)
  }

  private func verify(_ signature: [UInt8], _ bytes: [UInt8]) -> Bool {
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer {
      unsafe EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    // Ed25519 hashes by itself.
    let digest = unsafe algorithm == .edDSA ? nil : EVP_sha256()
    guard unsafe EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
    // 1: valid; 0: not; negative: malformed.
    return unsafe EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
  }

  /// `r` and `s` as OpenSSL takes them: a SEQUENCE of two INTEGERs (RFC 3279 section 2.2.3).
  private static func derSignature(_ raw: [UInt8]) -> [UInt8]? {
    guard raw.count == 64 else { return nil }
    let content = integer(raw.prefix(32)) + integer(raw.suffix(32))
    return [0x30, UInt8(content.count)] + content
  }

  /// At most 35 bytes.
  private static func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
    var digits = Array(number.drop { $0 == 0 })
    if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
    return [0x02, UInt8(digits.count)] + digits
  }
}
