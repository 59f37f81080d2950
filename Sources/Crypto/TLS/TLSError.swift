import COpenSSL

/// TLS with the other side has failed; the connection is over.
public struct TLSError: Error, Equatable, CustomStringConvertible {
  /// What kind of failure it is, for those who count or advise.
  public enum Kind: Sendable, Hashable {
    /// The other side's certificate does not count here.
    case certificate(CertificateFault)
    /// The other side refused: its alert, as RFC 8446 section 6 numbers them.
    case alert(Int)
    /// The other side does not speak TLS.
    case noTLS
    /// The sides have no version, cipher or application protocol in common.
    case noAgreement
    case other
  }

  /// For logs: `TLS: ` and OpenSSL's reason.
  public let description: String
  public let kind: Kind

  public init(_ description: String, _ kind: Kind = .other) {
    self.description = description
    self.kind = kind
  }
}

extension TLSError.Kind {
  /// - Parameter reason: of OpenSSL's last error.
  init(reason: Int32) {
    switch reason {
    case SSL_AD_REASON_OFFSET...(SSL_AD_REASON_OFFSET + 255):
      self = .alert(Int(reason - SSL_AD_REASON_OFFSET))
    case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST,
      SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_BAD_RECORD_TYPE:
      self = .noTLS
    case SSL_R_NO_SHARED_CIPHER, SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_APPLICATION_PROTOCOL,
      SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SHARED_GROUPS:
      self = .noAgreement
    default: self = .other
    }
  }
}

/// Why a certificate does not count.
public enum CertificateFault: Sendable, Hashable {
  case expired, notYetValid
  /// It is for another host.
  case otherHost
  /// No authority that is trusted has signed it.
  case unknownAuthority
  case revoked
  /// Its key or its signature is too weak.
  case weak
  case other

  /// - Parameter verdict: `X509_V_ERR_...`
  init(verdict: Int) {
    switch Int32(truncatingIfNeeded: verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED: self = .expired
    case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: self = .otherHost
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE,
      X509_V_ERR_CERT_UNTRUSTED:
      self = .unknownAuthority
    case X509_V_ERR_CERT_REVOKED: self = .revoked
    case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK:
      self = .weak
    default: self = .other
    }
  }
}
