import COpenSSL

/// Owns an `SSL_CTX` with what both sides have in common.
///
/// `@unchecked Sendable`: it is set up before it is shared; OpenSSL counts its references with
/// atomics and makes sessions from it on any thread.
@safe
final class ContextBasics: @unchecked Sendable {
  /// What HTTP/2 allows of TLS 1.2 (RFC 9113 section 9.2.2): ephemeral keys and AEAD. TLS 1.3 has
  /// nothing else.
  private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
  private static let groups = "X25519:P-256:P-384"
  /// RSA keys of 2048 bits and more, and no SHA-1.
  private static let securityLevel: Int32 = 2
  private static let maxChainBytes = 64 << 10
  private static let maxChainLength: Int32 = 8

  let pointer: OpaquePointer

  init(isServer: Bool, minimumVersion: TLSVersion) throws(CryptoError) {
    let method = unsafe isServer ? TLS_server_method() : TLS_client_method()
    guard let pointer = unsafe SSL_CTX_new(method) else { throw .last("set up TLS") }
    unsafe self.pointer = pointer
    let version = minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
    unsafe SSL_CTX_set_security_level(pointer, Self.securityLevel)
    guard unsafe copenssl_set_min_version(pointer, version) == 1,
      unsafe SSL_CTX_set_cipher_list(pointer, Self.ciphers) == 1,
      unsafe copenssl_set_groups(pointer, Self.groups) == 1
    else { throw .last("set up TLS") }
    unsafe copenssl_set_options(pointer)
    unsafe copenssl_set_mode(
      pointer, Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
    unsafe copenssl_cache_nothing(pointer)
    unsafe SSL_CTX_set_max_early_data(pointer, 0)
    unsafe copenssl_set_max_chain(pointer, Self.maxChainBytes)
    unsafe SSL_CTX_set_verify_depth(pointer, Self.maxChainLength)
  }

  deinit { unsafe SSL_CTX_free(pointer) }

  func use(_ certificate: TLSCertificate) throws(CryptoError) {
    guard let own = certificate.chain.first,
      unsafe SSL_CTX_use_certificate(pointer, own.pointer) == 1,
      unsafe SSL_CTX_use_PrivateKey(pointer, certificate.key.pointer) == 1
    else { throw .last("use the certificate") }
    for other in certificate.chain.dropFirst() {
      guard unsafe copenssl_add_chain(pointer, other.pointer) == 1 else {
        throw .last("use the certificates of the chain")
      }
    }
  }

  func trust(_ store: TrustStore) { unsafe SSL_CTX_set1_cert_store(pointer, store.pointer) }

  func makeSession(of context: AnyObject, isServer: Bool) throws(CryptoError) -> TLSSession {
    guard let session = unsafe SSL_new(pointer) else { throw .last("make a TLS session") }
    return try unsafe TLSSession(owning: session, context: context, isServer: isServer)
  }
}

extension Certificate {
  func belongs(to key: PrivateKey) -> Bool {
    defer { ERR_clear_error() }
    return unsafe X509_check_private_key(pointer, key.pointer) == 1
  }
}
