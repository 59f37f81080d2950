import COpenSSL

/// Whom a TLS client believes, and how it proves who it is. It never changes.
public final class TLSClientContext: Sendable {
  private let basics: ContextBasics

  /// - Parameters:
  ///   - authorities: whose signatures on servers' certificates count; nil for those that the
  ///     system trusts.
  ///   - certificate: shown to servers that ask for one.
  public init(
    authorities: [Certificate]? = nil, certificate: TLSCertificate? = nil,
    minimumVersion: TLSVersion = .tls12, applicationProtocols: [String] = ["h2"]
  ) throws(CryptoError) {
    basics = try ContextBasics(isServer: false, minimumVersion: minimumVersion)
    if let certificate { try basics.use(certificate) }
    if let authorities {
      basics.trust(try TrustStore(authorities: authorities, lists: []))
    } else if unsafe SSL_CTX_set_default_verify_paths(basics.pointer) != 1 {
      throw .last("find the system's authorities")
    }
    unsafe SSL_CTX_set_verify(basics.pointer, SSL_VERIFY_PEER, nil)
    let names = applicationProtocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    // 0 is success here.
    guard unsafe SSL_CTX_set_alpn_protos(basics.pointer, names, UInt32(names.count)) == 0 else {
      throw .last("set up TLS")
    }
  }

  /// A new session, which begins with its first `shakeHands`.
  ///
  /// - Parameter host: whom the server's certificate must name: a DNS name, or an IP address as
  ///   text. The certificate's subject counts for nothing (RFC 9525).
  public func makeSession(host: String) throws(CryptoError) -> TLSSession {
    let session = try basics.makeSession(of: self, isServer: false)
    try session.expect(host: host)
    return session
  }
}

extension TLSSession {
  fileprivate func expect(host: String) throws(CryptoError) {
    guard unsafe Self.expect(host, on: pointer) else { throw .last("ask for the host \(host)") }
  }

  private static func expect(_ host: String, on session: OpaquePointer) -> Bool {
    guard let rules = unsafe SSL_get0_param(session) else { return false }
    if unsafe X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1 { return true }
    ERR_clear_error()
    let flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
    unsafe SSL_set_hostflags(session, UInt32(flags))
    guard unsafe SSL_set1_host(session, host) == 1 else { return false }
    return unsafe copenssl_set_server_name(session, host) == 1
  }
}
