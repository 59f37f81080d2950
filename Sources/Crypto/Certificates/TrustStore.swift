import COpenSSL

/// The authorities whose certificates count, and the certificates of theirs that no longer do.
///
/// `@unchecked Sendable`: OpenSSL's object is only read after its creation, and counts references
/// with atomics.
@safe
final class TrustStore: @unchecked Sendable {
  let pointer: OpaquePointer

  /// - Parameters:
  ///   - authorities: each counts, whoever has signed it.
  ///   - lists: what they name does not count any more. With any of these the issuer of a peer's
  ///     certificate must have one that is not out of date; authorities above it need not.
  init(
    authorities: [Certificate], lists: [RevocationList]
  ) throws(CryptoError) {
    guard let pointer = unsafe X509_STORE_new() else { throw .last("make a trust store") }
    unsafe self.pointer = pointer
    for authority in authorities {
      guard unsafe X509_STORE_add_cert(pointer, authority.pointer) == 1 else {
        throw .last("trust a certificate")
      }
    }
    for list in lists {
      guard unsafe X509_STORE_add_crl(pointer, list.pointer) == 1 else {
        throw .last("take a revocation list")
      }
    }
    var flags = UInt(X509_V_FLAG_PARTIAL_CHAIN)
    if !lists.isEmpty {
      flags |= UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL)
      unsafe copenssl_set_lenient_lists(pointer)
    }
    guard unsafe X509_STORE_set_flags(pointer, flags) == 1 else {
      throw .last("make a trust store")
    }
  }

  deinit { unsafe X509_STORE_free(pointer) }

  /// Whether a client's certificate counts now.
  ///
  /// - Parameter chain: the client's certificate, and those it came with.
  /// - Returns: why it does not; nil when it does.
  func objection(toClient chain: [Certificate]) -> String? {
    guard let leaf = chain.first else { return "there is no certificate" }
    guard let context = unsafe X509_STORE_CTX_new(), let others = unsafe copenssl_chain_new() else {
      return "no memory"
    }
    defer {
      unsafe X509_STORE_CTX_free(context)
      unsafe copenssl_chain_free(others)
      ERR_clear_error()
    }
    for other in chain.dropFirst() { _ = unsafe copenssl_chain_push(others, other.pointer) }
    guard unsafe X509_STORE_CTX_init(context, pointer, leaf.pointer, others) == 1,
      unsafe X509_STORE_CTX_set_default(context, "ssl_client") == 1
    else { return "no memory" }
    return withExtendedLifetime(chain) {
      guard unsafe X509_verify_cert(context) != 1 else { return nil }
      let error = unsafe X509_STORE_CTX_get_error(context)
      return unsafe String(cString: X509_verify_cert_error_string(Int(error)))
    }
  }
}
