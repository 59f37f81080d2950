/// Where the URLs of repositories may lead. They come from callers, and trackd stands in a network
/// that callers may not enter: so they lead to the internet, and elsewhere only as an operator says.
public struct OutboundRules: Sendable, Hashable {
  /// Why a host is refused.
  public enum Refusal: Error, Sendable, Hashable {
    case privateNetwork
    case loopback
    /// An operator cannot allow it either.
    case never
  }

  static let loopbackName = "localhost"

  private let allowed: [AllowedHost]
  /// The hosts of data that are older than these rules, in lower case.
  private let kept: Set<String>

  /// - Parameters:
  ///   - allowed: what the operator allows.
  ///   - kept: hosts, in lower case, that may be anywhere but where no Git server is. They count as
  ///     long as the operator allows nothing.
  public init(allowed: [AllowedHost] = [], kept: Set<String> = []) {
    self.allowed = allowed
    self.kept = allowed.isEmpty ? kept : []
  }

  /// Why a host with this address may not be spoken to; nil if it may.
  ///
  /// - Parameter host: in lower case; an address without brackets.
  public func refusal(of host: String, at address: IPAddress) -> Refusal? {
    let address = address.embedded ?? address
    let addressClass = address.addressClass
    let isAllowed =
      allowed.contains { $0.allows(host, at: address, addressClass) }
      || (kept.contains(host) && mayBeKept(host, addressClass))
    switch addressClass {
    case .global: return nil
    case .privateNetwork: return isAllowed ? nil : .privateNetwork
    case .loopback: return isAllowed ? nil : .loopback
    case .never: return .never
    }
  }

  /// A host of older data stays where it was. Only one that says so itself was this machine: whoever
  /// answers for another name could lead it there.
  private func mayBeKept(_ host: String, _ addressClass: AddressClass) -> Bool {
    switch addressClass {
    case .global, .privateNetwork: true
    case .loopback: IPAddress(host) != nil || host == Self.loopbackName
    case .never: false
    }
  }

  /// Why a host may not be spoken to, as far as its name tells: an address, or a name of this
  /// machine itself. Nil if it may, or if only its addresses can tell.
  public func refusal(of host: String) -> Refusal? {
    if let address = IPAddress(host) { return refusal(of: host, at: address) }
    guard host == Self.loopbackName || host.hasSuffix("." + Self.loopbackName) else { return nil }
    let addresses: [IPAddress] = [.v4(0x7F00_0001), .v6(high: 0, low: 1)]
    let refusals = addresses.compactMap { refusal(of: host, at: $0) }
    // The name may have either address.
    return refusals.count == addresses.count ? refusals[0] : nil
  }
}

extension OutboundRules.Refusal: CustomStringConvertible {
  /// What to do about it; goes to callers.
  public var description: String {
    switch self {
    case .privateNetwork:
      "is on a private network, which the server's operator has to allow (--git-allow-host)"
    case .loopback:
      "is the server's own machine, which its operator has to allow by address (--git-allow-host)"
    case .never: "has an address at which no Git server may be"
    }
  }
}
