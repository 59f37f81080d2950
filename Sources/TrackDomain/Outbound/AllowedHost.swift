/// One value of `--git-allow-host`: hosts that may be on a private network.
public enum AllowedHost: Sendable, Hashable {
  /// A host of this name.
  case name(String)
  /// Any host below this domain, which begins with a dot.
  case domain(String)
  /// Whatever has such an address.
  case block(AddressBlock)

  /// Why a text is no value.
  public enum Fault: Error, Sendable, Hashable {
    /// It is no name, pattern or block.
    case malformed
    /// No Git server has such an address, so that nothing may allow it.
    case neverAllowed
  }

  /// Reads `git.corp.example`, `*.corp.example`, `10.0.0.0/8`, `fd00::/8` or an address.
  public init(_ text: some StringProtocol) throws(Fault) {
    if let block = AddressBlock(text) {
      guard block.base.addressClass != .never else { throw .neverAllowed }
      self = .block(block)
      return
    }
    let lower = text.lowercased()
    if let domain = lower.dropping(prefix: "*.") {
      guard RepositoryURL.isHostName(domain) else { throw .malformed }
      self = .domain("." + domain)
    } else {
      guard RepositoryURL.isHostName(lower[...]) else { throw .malformed }
      self = .name(lower)
    }
  }

  /// Whether a host may have this address.
  ///
  /// - Parameter host: in lower case.
  func allows(_ host: String, at address: IPAddress, _ addressClass: AddressClass) -> Bool {
    switch (self, addressClass) {
    case (_, .never): false
    case (_, .global): true
    case (.name(let name), .privateNetwork): host == name
    case (.domain(let domain), .privateNetwork): host.hasSuffix(domain)
    // Loopback has to be asked for by its name.
    case (.name(let name), .loopback): host == name && name == OutboundRules.loopbackName
    case (.domain, .loopback): false
    case (.block(let block), .privateNetwork): block.contains(address)
    case (.block(let block), .loopback):
      block.base.addressClass == .loopback && block.contains(address)
    }
  }

  /// Whether it opens a way to this machine itself.
  public var isLoopback: Bool {
    switch self {
    case .name(let name): name == OutboundRules.loopbackName
    case .domain: false
    case .block(let block): block.base.addressClass == .loopback
    }
  }
}

extension AllowedHost: CustomStringConvertible {
  public var description: String {
    switch self {
    case .name(let name): name
    case .domain(let domain): "*" + domain
    case .block(let block): "\(block)"
    }
  }
}
