import COpenSSL

/// One certificate of a server with its `SSL_CTX` and the keys of its session tickets.
final class ServerCertificateContext: Sendable {
  let basics: ContextBasics
  let ticketKeys: TicketKeys
  private let store: TrustStore?
  /// As the extension has it: each with its length before it (RFC 7301 section 3.1).
  private let protocols: [[UInt8]]

  init(
    _ certificate: TLSCertificate, _ settings: TLSServerSettings, _ store: TrustStore?,
    previous: [TicketKeys], rotatesKeys: Bool
  ) throws(CryptoError) {
    basics = try ContextBasics(isServer: true, minimumVersion: settings.minimumVersion)
    self.store = store
    protocols = settings.applicationProtocols.map { Array($0.utf8) }
    let owner = Self.owner(certificate, settings)
    if let keys = previous.first(where: { $0.owner == owner }) {
      ticketKeys = rotatesKeys ? try TicketKeys(after: keys) : keys
    } else {
      ticketKeys = try TicketKeys(owner: owner)
    }
    try basics.use(certificate)
    try verifyClients(settings, owner)
    setCallbacks()
  }

  /// What tickets belong to: the certificate, and the rules for those of clients.
  private static func owner(_ certificate: TLSCertificate, _ settings: TLSServerSettings) -> [UInt8]
  {
    var parts = certificate.chain.map(\.der)
    parts.append(Array(settings.clientAuthentication.rawValue.utf8))
    parts += settings.clientAuthorities.map(\.der)
    parts.append([])
    parts += settings.revocationLists.map(\.der)
    return SHA256.hash(parts.flatMap { SHA256.hash($0) })
  }

  private func verifyClients(
    _ settings: TLSServerSettings, _ owner: [UInt8]
  ) throws(CryptoError) {
    // A session can be resumed only under the rules under which it began.
    guard unsafe SSL_CTX_set_session_id_context(basics.pointer, owner, UInt32(owner.count)) == 1
    else { throw .last("set up TLS") }
    guard let store else { return }
    basics.trust(store)
    let mode =
      settings.clientAuthentication == .require
      ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER
    unsafe SSL_CTX_set_verify(basics.pointer, mode, nil)
    // Clients choose the certificate to show by these names.
    guard let names = unsafe copenssl_names_new() else { throw .last("set up TLS") }
    for authority in settings.clientAuthorities {
      guard let name = unsafe X509_NAME_dup(X509_get_subject_name(authority.pointer)),
        unsafe copenssl_names_push(names, name) > 0
      else { throw .last("name the authorities") }
    }
    unsafe SSL_CTX_set_client_CA_list(basics.pointer, names)
  }

  private func setCallbacks() {
    let context = unsafe basics.pointer
    let own = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe SSL_CTX_set_ex_data(context, 0, own)
    unsafe SSL_CTX_set_alpn_select_cb(context, selectProtocol, own)
    unsafe SSL_CTX_set_tlsext_ticket_key_evp_cb(context, protectTicket)
    unsafe SSL_CTX_set_session_ticket_cb(context, fillTicket, readTicket, nil)
    // Each costs a client memory; it needs one for its next connection.
    unsafe SSL_CTX_set_num_tickets(context, 1)
  }

  /// Of the certificate that the session has chosen.
  fileprivate static func of(_ session: OpaquePointer?) -> ServerCertificateContext? {
    guard let session = unsafe session,
      let own = unsafe SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), 0)
    else { return nil }
    return unsafe Unmanaged<ServerCertificateContext>.fromOpaque(own).takeUnretainedValue()
  }

  /// The first of the server's protocols that the client names.
  fileprivate func choice(among offered: [UInt8]) -> Range<Int>? {
    for wanted in protocols {
      var start = 0
      while start < offered.count {
        let range = start + 1..<min(offered.count, start + 1 + Int(offered[start]))
        if offered[range].elementsEqual(wanted) { return range }
        start = range.upperBound
      }
    }
    return nil
  }

  /// Whether a session that is to be resumed still has a certificate that counts, or needs none.
  fileprivate func counts(_ resumed: OpaquePointer) -> Bool {
    guard let peer = unsafe SSL_SESSION_get0_peer(resumed) else { return true }
    guard let store else { return false }
    let chain = unsafe [Certificate(borrowing: peer)] + TicketChain.read(resumed)
    return store.objection(toClient: chain) == nil
  }
}

private func selectProtocol(
  session: OpaquePointer?, chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  chosenCount: UnsafeMutablePointer<UInt8>?, offered: UnsafePointer<UInt8>?, offeredCount: UInt32,
  own: UnsafeMutableRawPointer?
) -> Int32 {
  guard let own = unsafe own, let offered = unsafe offered else {
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }
  let context = unsafe Unmanaged<ServerCertificateContext>.fromOpaque(own).takeUnretainedValue()
  let names = unsafe Array(UnsafeBufferPointer(start: offered, count: Int(offeredCount)))
  guard let range = context.choice(among: names) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
  unsafe chosen?.pointee = offered + range.lowerBound
  unsafe chosenCount?.pointee = UInt8(range.count)
  return SSL_TLSEXT_ERR_OK
}

private func protectTicket(
  session: OpaquePointer?, name: UnsafeMutablePointer<UInt8>?,
  vector: UnsafeMutablePointer<UInt8>?, cipher: OpaquePointer?, code: OpaquePointer?,
  isNew: Int32
) -> Int32 {
  guard let context = unsafe ServerCertificateContext.of(session), let name = unsafe name,
    let vector = unsafe vector, let cipher = unsafe cipher, let code = unsafe code
  else { return -1 }
  return unsafe isNew == 1
    ? context.ticketKeys.seal(name, vector, cipher, code)
    : context.ticketKeys.open(name, vector, cipher, code)
}

private func fillTicket(session: OpaquePointer?, unused: UnsafeMutableRawPointer?) -> Int32 {
  guard let session = unsafe session, let state = unsafe SSL_get_session(session) else { return 0 }
  unsafe TicketChain.write(SSL_get0_verified_chain(session), into: state)
  return 1
}

private func readTicket(
  session: OpaquePointer?, resumed: OpaquePointer?, name: UnsafePointer<UInt8>?, nameCount: Int,
  status: SSL_TICKET_STATUS, unused: UnsafeMutableRawPointer?
) -> SSL_TICKET_RETURN {
  guard status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW,
    let resumed = unsafe resumed, let context = unsafe ServerCertificateContext.of(session),
    unsafe context.counts(resumed)
  else { return SSL_TICKET_RETURN_IGNORE_RENEW }
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW
}
