import Crypto

/// What the flags say of TLS, before it is known whether they fit together.
struct TLSOptions: Equatable {
  var certificate: String?
  var key: String?
  var otherHosts: String?
  var clientAuthorities: String?
  var clientAuthentication: ClientAuthentication?
  var revocationLists: String?
  var minimumVersion: TLSVersion?

  /// The files of the server's TLS; nil for cleartext.
  ///
  /// - Throws: for flags that are of no use without others: an operator who sets one means it.
  func files() throws(UsageError) -> TLSFiles? {
    guard let certificate, let key else {
      guard self == TLSOptions() else {
        throw UsageError("TLS needs both --tls-cert and --tls-key")
      }
      return nil
    }
    var files = TLSFiles(certificate: certificate, key: key)
    files.otherHosts = otherHosts
    files.minimumVersion = minimumVersion ?? .tls12
    files.clientAuthorities = clientAuthorities
    files.clientAuthentication =
      clientAuthentication ?? (clientAuthorities == nil ? .none : .require)
    files.revocationLists = revocationLists
    guard (files.clientAuthentication == .none) == (clientAuthorities == nil) else {
      throw UsageError(
        clientAuthorities == nil
          ? "--tls-client-auth needs --tls-client-ca"
          : "--tls-client-ca is of no use with --tls-client-auth none")
    }
    guard revocationLists == nil || clientAuthorities != nil else {
      throw UsageError("--tls-crl needs --tls-client-ca")
    }
    return files
  }
}
