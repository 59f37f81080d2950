/// What an address is to this machine. It decides whether the URL of a repository may lead there.
public enum AddressClass: Sendable, Hashable {
  /// On the internet.
  case global
  /// On a private network, or of no use on the internet: an operator may allow it.
  case privateNetwork
  /// This machine itself: an operator may allow it by that address.
  case loopback
  /// Never the address of a Git server: the metadata service of a cloud, a whole network, no
  /// address at all.
  case never
}

extension IPAddress {
  /// The class of the address, from IANA's registries of special-purpose addresses (RFC 6890) and
  /// the addresses at which clouds keep the credentials of their machines.
  public var addressClass: AddressClass {
    if let embedded { return embedded.addressClass }
    if let special = Self.special.first(where: { $0.block.contains(self) }) {
      return special.addressClass
    }
    switch self {
    case .v4: return .global
    // Everything else is not given out.
    case .v6(let high, _): return high >> 61 == 1 ? .global : .never
    }
  }

  /// The first block that holds an address counts.
  static let special: [(block: AddressBlock, addressClass: AddressClass)] = table.compactMap {
    (text, addressClass) in
    AddressBlock(text).map { ($0, addressClass) }
  }

  static let table: [(block: String, addressClass: AddressClass)] = [
    // Metadata services outside of the link-local block: Alibaba, Azure, AWS and Google over IPv6.
    ("100.100.100.200", .never), ("168.63.129.16", .never),
    ("fd00:ec2::254", .never), ("fd20:ce::254", .never),
    // "This" network: a connection to 0.0.0.0 ends at this machine.
    ("0.0.0.0/8", .never),
    ("10.0.0.0/8", .privateNetwork), ("172.16.0.0/12", .privateNetwork),
    ("192.168.0.0/16", .privateNetwork),
    // Carriers' NAT, benchmarks, and documentation.
    ("100.64.0.0/10", .privateNetwork), ("198.18.0.0/15", .privateNetwork),
    ("192.0.2.0/24", .privateNetwork), ("198.51.100.0/24", .privateNetwork),
    ("203.0.113.0/24", .privateNetwork),
    ("127.0.0.0/8", .loopback),
    // Link-local, with most clouds' metadata.
    ("169.254.0.0/16", .never),
    // Assignments of protocols (Oracle's metadata too), and relays from 6to4.
    ("192.0.0.0/24", .never), ("192.88.99.0/24", .never),
    // Multicast; reserved, with the broadcast address.
    ("224.0.0.0/4", .never), ("240.0.0.0/4", .never),
    ("::1", .loopback),
    // No address, and addresses that are compatible with IPv4 (deprecated).
    ("::/96", .never),
    // A network's own NAT64, documentation, and private networks.
    ("64:ff9b:1::/48", .privateNetwork), ("2001:db8::/32", .privateNetwork),
    ("3fff::/20", .privateNetwork), ("fc00::/7", .privateNetwork),
    // Site-local (deprecated).
    ("fec0::/10", .privateNetwork),
    // Protocols, with Teredo; 6to4. Both tunnel to an IPv4 address.
    ("2001::/23", .never), ("2002::/16", .never),
    // Link-local, and multicast.
    ("fe80::/10", .never), ("ff00::/8", .never),
  ]
}
