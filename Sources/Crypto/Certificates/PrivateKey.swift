import COpenSSL

/// A private key of a certificate.
///
/// `@unchecked Sendable`: OpenSSL's object is only read after its creation.
@safe
public final class PrivateKey: @unchecked Sendable {
  let pointer: OpaquePointer

  /// - Parameter pem: a text with a key that no password protects: PKCS #8 (RFC 5958), or the older
  ///   forms of one kind of key.
  public init(pem: [UInt8]) throws(CryptoError) {
    guard let memory = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else {
      throw .last("read the private key")
    }
    defer { unsafe BIO_free(memory) }
    // OpenSSL wipes this copy of the key, and not the one that `PEM_read_bio_PrivateKey` makes.
    var bytes: UnsafeMutablePointer<UInt8>?
    var label: UnsafeMutablePointer<CChar>?
    var count = 0
    let isRead = withExtendedLifetime(pem) {
      // Without an answer OpenSSL would ask the terminal for the password.
      unsafe PEM_bytes_read_bio_secmem(
        &bytes, &count, &label, PEM_STRING_EVP_PKEY, memory, { _, _, _, _ in -1 }, nil)
    }
    guard isRead == 1 else { throw .last("read the private key") }
    defer {
      unsafe copenssl_wipe_free(bytes, count)
      unsafe copenssl_wipe_free(label, 0)
    }
    if let label = unsafe label, unsafe String(cString: label) == PEM_STRING_PKCS8 {
      throw CryptoError("cannot read the private key: a password protects it")
    }
    var place = unsafe UnsafePointer(bytes)
    guard let pointer = unsafe d2i_AutoPrivateKey(nil, &place, count) else {
      throw .last("read the private key")
    }
    unsafe self.pointer = pointer
  }

  deinit { unsafe EVP_PKEY_free(pointer) }
}
