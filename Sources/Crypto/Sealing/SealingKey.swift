import COpenSSL

/// Seals values that others keep for us and must neither read nor change, with AES-256-GCM
/// (NIST SP 800-38D). A sealed value is a random nonce of 12 bytes, the ciphertext, and a tag of 16.
///
/// One key seals at most 2^32 values: then two nonces could be the same.
public struct SealingKey: Sendable {
  public static let byteCount = 32
  private static let nonceCount = 12
  private static let tagCount = 16

  private let key: SecretBytes

  /// - Parameter key: 32 bytes.
  public init(_ key: SecretBytes) {
    precondition(key.count == Self.byteCount)
    self.key = key
  }

  /// - Parameter context: what the value belongs to. It is not in the result; `open` has to get
  ///   the same.
  public func seal(_ bytes: [UInt8], for context: [UInt8]) throws(CryptoError) -> [UInt8] {
    let nonce = try SecureRandom.bytes(Self.nonceCount)
    let cipher = try Cipher()
    var text = [UInt8](repeating: 0, count: bytes.count)
    var tag = [UInt8](repeating: 0, count: Self.tagCount)
    var count: Int32 = 0
    guard
      unsafe EVP_EncryptInit_ex(cipher.context, EVP_aes_256_gcm(), nil, key.pointer, nonce) == 1,
      unsafe EVP_EncryptUpdate(cipher.context, nil, &count, context, Int32(context.count)) == 1,
      unsafe EVP_EncryptUpdate(cipher.context, &text, &count, bytes, Int32(bytes.count)) == 1,
      unsafe EVP_EncryptFinal_ex(cipher.context, nil, &count) == 1,
      unsafe copenssl_gcm_get_tag(cipher.context, Int32(Self.tagCount), &tag) == 1
    else { throw .last("seal a value") }
    return nonce + text + tag
  }

  /// - Returns: nil when the value was not sealed by this key for this context, or was changed.
  public func open(_ sealed: [UInt8], for context: [UInt8]) -> [UInt8]? {
    guard sealed.count >= Self.nonceCount + Self.tagCount, let cipher = try? Cipher() else {
      return nil
    }
    let nonce = Array(sealed.prefix(Self.nonceCount))
    let text = Array(sealed.dropFirst(Self.nonceCount).dropLast(Self.tagCount))
    var tag = Array(sealed.suffix(Self.tagCount))
    var bytes = [UInt8](repeating: 0, count: text.count)
    var count: Int32 = 0
    guard
      unsafe EVP_DecryptInit_ex(cipher.context, EVP_aes_256_gcm(), nil, key.pointer, nonce) == 1,
      unsafe EVP_DecryptUpdate(cipher.context, nil, &count, context, Int32(context.count)) == 1,
      unsafe EVP_DecryptUpdate(cipher.context, &bytes, &count, text, Int32(text.count)) == 1,
      unsafe copenssl_gcm_set_tag(cipher.context, Int32(Self.tagCount), &tag) == 1,
      unsafe EVP_DecryptFinal_ex(cipher.context, nil, &count) == 1
    else {
      ERR_clear_error()
      return nil
    }
    return bytes
  }

  /// Owns an `EVP_CIPHER_CTX`.
  @safe private struct Cipher: ~Copyable {
    let context: OpaquePointer

    init() throws(CryptoError) {
      guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .last("make a cipher") }
      unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }
  }
}
