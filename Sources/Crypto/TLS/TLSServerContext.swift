import COpenSSL

/// What a TLS server needs for its sessions: certificates, rules, and the keys of session tickets.
/// It never changes: a server with other files has another one.
///
/// A session belongs to the certificate whose names have the name that the client asked for
/// (SNI, RFC 6066 section 3), else to the first.
public final class TLSServerContext: Sendable {
  /// The server's certificates, without their chains; the first is for clients that name no known
  /// host.
  public let certificates: [Certificate]
  /// As they came, for the next context.
  private let source: (certificates: [TLSCertificate], settings: TLSServerSettings)
  let parts: [ServerCertificateContext]
  /// By DNS name in lower case, `*.` at the front of those that stand for one label.
  private let partsByName: [String: Int]
  private let store: TrustStore?

  /// - Parameters:
  ///   - certificates: at least one; the first is for clients that name no known host.
  ///   - previous: the server's context until now: tickets of certificates that stay as they are,
  ///     under rules that stay as they are, go on working.
  public convenience init(
    certificates: [TLSCertificate], settings: TLSServerSettings,
    previous: TLSServerContext? = nil
  ) throws(CryptoError) {
    try self.init(certificates, settings, keysOf: previous, rotatesKeys: false)
  }

  private init(
    _ certificates: [TLSCertificate], _ settings: TLSServerSettings,
    keysOf previous: TLSServerContext?, rotatesKeys: Bool
  ) throws(CryptoError) {
    precondition(!certificates.isEmpty)
    let store =
      try settings.clientAuthentication == .none
      ? nil
      : TrustStore(
        authorities: settings.clientAuthorities, lists: settings.revocationLists)
    var parts: [ServerCertificateContext] = []
    var names: [String: Int] = [:]
    for certificate in certificates {
      for name in certificate.chain[0].alternativeNames.dns where names[name] == nil {
        names[name] = parts.count
      }
      parts.append(
        try ServerCertificateContext(
          certificate, settings, store, previous: previous?.parts.map(\.ticketKeys) ?? [],
          rotatesKeys: rotatesKeys))
    }
    source = (certificates, settings)
    self.certificates = certificates.map { $0.chain[0] }
    self.parts = parts
    self.store = store
    partsByName = names
    let own = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe SSL_CTX_set_client_hello_cb(parts[0].basics.pointer, chooseCertificate, own)
  }

  /// The same certificates and rules as `context` has, with new keys for session tickets; its
  /// tickets still open.
  public convenience init(rotating context: TLSServerContext) throws(CryptoError) {
    try self.init(
      context.source.certificates, context.source.settings, keysOf: context, rotatesKeys: true)
  }

  /// A new session, which waits for a client's first bytes.
  public func makeSession() throws(CryptoError) -> TLSSession {
    try parts[0].basics.makeSession(of: self, isServer: true)
  }

  /// Why a client's certificate no longer counts; nil when it does.
  ///
  /// - Parameter chain: as `TLSSession.peerCertificates` has it.
  public func objection(to chain: [Certificate]) -> String? {
    guard let store else { return "the server does not ask for certificates" }
    return store.objection(toClient: chain)
  }

  /// The place of the certificate for a client that asks for this host.
  func index(forHost name: String) -> Int {
    let name = name.lowercased()
    if let index = partsByName[name] { return index }
    guard let dot = name.firstIndex(of: ".") else { return 0 }
    return partsByName["*" + name[dot...]] ?? 0
  }

  fileprivate func choose(for session: OpaquePointer) {
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    guard
      unsafe SSL_client_hello_get0_ext(session, UInt32(TLSEXT_TYPE_server_name), &bytes, &count)
        == 1,
      let name = unsafe ServerNameExtension.host(
        Array(UnsafeBufferPointer(start: bytes, count: count)))
    else { return }
    let index = index(forHost: name)
    if index > 0 { unsafe SSL_set_SSL_CTX(session, parts[index].basics.pointer) }
  }
}

/// Before anything of the client's first message counts: a ticket in it belongs to a certificate.
private func chooseCertificate(
  session: OpaquePointer?, alert: UnsafeMutablePointer<Int32>?, context: UnsafeMutableRawPointer?
) -> Int32 {
  if let session = unsafe session, let context = unsafe context {
    unsafe Unmanaged<TLSServerContext>.fromOpaque(context).takeUnretainedValue()
      .choose(for: session)
  }
  return SSL_CLIENT_HELLO_SUCCESS
}

/// The body of the extension server_name (RFC 6066 section 3).
enum ServerNameExtension {
  /// - Returns: the host's name; nil when there is none, or the body is broken (OpenSSL then ends
  ///   the handshake).
  static func host(_ body: [UInt8]) -> String? {
    guard body.count > 5, Int(body[0]) << 8 | Int(body[1]) == body.count - 2, body[2] == 0 else {
      return nil
    }
    let length = Int(body[3]) << 8 | Int(body[4])
    guard length > 0, body.count >= 5 + length else { return nil }
    return String(decoding: body[5..<5 + length], as: UTF8.self)
  }
}
