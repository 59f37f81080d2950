/// The oldest version of TLS that a side speaks.
public enum TLSVersion: String, Sendable, CaseIterable {
  case tls12 = "1.2"
  case tls13 = "1.3"
}

/// A certificate chain with its private key.
public struct TLSCertificate: Sendable {
  /// The certificate itself first, then those that lead to an authority.
  public let chain: [Certificate]
  public let key: PrivateKey

  /// - Throws: when the chain is empty or its first certificate is not the key's.
  public init(chain: [Certificate], key: PrivateKey) throws(CryptoError) {
    guard let own = chain.first else { throw CryptoError("there is no certificate") }
    guard own.belongs(to: key) else {
      throw CryptoError("the private key is not the certificate's")
    }
    self.chain = chain
    self.key = key
  }

  /// - Parameters:
  ///   - chain: of certificates, in PEM.
  ///   - key: in PEM, without a password.
  public init(chain: [UInt8], key: [UInt8]) throws(CryptoError) {
    try self.init(chain: Certificate.all(pem: chain), key: PrivateKey(pem: key))
  }
}

/// Whether a server asks clients for certificates.
public enum ClientAuthentication: String, Sendable, CaseIterable {
  /// It does not.
  case none
  /// A client may come without one. One that counts for nothing ends the handshake.
  case optional
  /// No client comes without one.
  case require
}

/// The rules of a TLS server.
public struct TLSServerSettings: Sendable {
  public var minimumVersion = TLSVersion.tls12
  public var clientAuthentication = ClientAuthentication.none
  /// Whose signatures on clients' certificates count.
  public var clientAuthorities: [Certificate] = []
  /// The certificates of clients that no longer count. With any list each authority that has
  /// signed a client's certificate needs one that is not out of date.
  public var revocationLists: [RevocationList] = []
  /// The application protocols that it speaks, the best first.
  public var applicationProtocols = ["h2", "http/1.1"]

  public init() {}
}
