import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
  public static let byteCount = 32

  public static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let input = Array(bytes)
    var digest = [UInt8](repeating: 0, count: byteCount)
    var length: UInt32 = 0
    _ = unsafe EVP_Digest(input, input.count, &digest, &length, algorithm.digest, nil)
    return digest
  }

  /// Fetched once: `EVP_sha256()` has OpenSSL look for it each time.
  private static let algorithm = Algorithm()

  /// `@unchecked Sendable`: OpenSSL's algorithms are constant, and live as long as the process.
  @safe private final class Algorithm: @unchecked Sendable {
    let digest: OpaquePointer?

    init() { unsafe digest = EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256() }
  }
}

/// HMAC with SHA-256 (RFC 2104).
public struct HMACKey: Sendable {
  private let key: SecretBytes

  /// - Parameter key: 32 random bytes are right.
  public init(_ key: SecretBytes) { self.key = key }

  /// The 32 bytes that authenticate `bytes` under this key.
  public func code(for bytes: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: SHA256.byteCount)
    var length: UInt32 = 0
    _ = unsafe HMAC(
      EVP_sha256(), key.pointer, Int32(key.count), bytes, bytes.count, &code, &length)
    return code
  }

  /// Whether `code` authenticates `bytes`; takes the same time for every wrong code.
  public func isValid(_ code: [UInt8], for bytes: [UInt8]) -> Bool {
    ConstantTime.areEqual(code, self.code(for: bytes))
  }
}

/// Comparing in a time that does not tell where two values differ.
public enum ConstantTime {
  /// The lengths are no secret.
  public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe CRYPTO_memcmp(left, right, left.count) == 0
  }

  /// The same for what every call brings: eight bytes at a time.
  public static func areEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    let words = left.count / 8 * 8
    var difference: UInt64 = 0
    for offset in stride(from: 0, to: words, by: 8) {
      let (one, other) = unsafe (
        left.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self),
        right.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      )
      difference |= one ^ other
    }
    for offset in words..<left.count { difference |= UInt64(left[offset] ^ right[offset]) }
    return difference == 0
  }
}

/// Random bytes for keys, nonces and names that nobody can guess.
public enum SecureRandom {
  /// - Throws: when the system has no randomness to give.
  public static func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard unsafe RAND_bytes(&bytes, Int32(count)) == 1 else { throw .last("make random bytes") }
    return bytes
  }
}
