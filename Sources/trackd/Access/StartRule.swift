import EventLoop

/// Whether trackd may listen where it is told to. Who reaches a loopback address or a Unix socket is
/// on this machine already; for any other address trackd has to be able to tell who calls, and what
/// they may do.
struct StartRule {
  /// Every address, of inherited sockets too.
  var addresses: [SocketAddress]
  /// Tokens, issuers of tokens or a CA of client certificates.
  var hasCredentials: Bool
  /// `--policy`; nil in tests of the rest.
  var hasPolicy: Bool?
  /// `--insecure-no-auth`.
  var allowsNoAuth: Bool
  /// Whether bytes are protected on their way.
  var hasTLS: Bool

  /// What the operator is told at every start.
  enum Warning: Equatable {
    /// Strangers may do everything at this address.
    case noAuth(SocketAddress)
    /// Tokens can be read on their way to it.
    case cleartextTokens(SocketAddress)
    /// The password of the store is on the command line.
    case seenPassword
  }

  /// - Returns: what to warn of.
  func check() throws(StartRefusal) -> [Warning] {
    let open = addresses.filter { !$0.isOfThisMachine }
    guard let first = open.first else { return [] }
    if allowsNoAuth { return open.map { .noAuth($0) } }
    guard hasCredentials, hasPolicy != false else { throw StartRefusal(address: first, rule: self) }
    return hasTLS ? [] : open.map { .cleartextTokens($0) }
  }
}

/// trackd does not start, for it would serve strangers.
struct StartRefusal: Error, CustomStringConvertible {
  let address: SocketAddress
  let rule: StartRule

  var description: String {
    var missing: [String] = []
    if !rule.hasCredentials {
      missing.append("credentials (--auth-tokens, --auth-config or --tls-client-ca)")
    }
    if rule.hasPolicy == false { missing.append("a policy (--policy)") }
    return "\(address) is neither loopback nor a Unix socket: others would reach it, and trackd "
      + "has no \(missing.joined(separator: " and no ")); --insecure-no-auth lets everybody do "
      + "everything"
  }
}

extension SocketAddress {
  /// Whether nobody reaches it from elsewhere. All addresses (`0.0.0.0`) are not.
  var isOfThisMachine: Bool {
    switch self {
    case .unix, .unixAbstract: true
    case .ipv4, .ipv6: isLoopback
    }
  }
}

extension StartRule {
  init(_ options: ServeOptions, addresses: [SocketAddress]) {
    self.init(
      addresses: addresses,
      hasCredentials: options.authTokens != nil || options.authConfig != nil
        || options.tlsFiles?.clientAuthorities != nil,
      hasPolicy: options.policy != nil, allowsNoAuth: options.insecureNoAuth,
      hasTLS: options.tlsFiles != nil)
  }
}
