import EventLoop

/// Holds the connections to a channel's addresses and says which ones take calls. Confined to the
/// loop.
protocol LoadBalancer: AnyObject {
  /// The addresses are these from now on, at least one.
  func update(_ addresses: [SocketAddress])
  /// Connects where nothing is connected, and no attempt has to wait.
  func connect()
  /// Closes everything; calls in flight go on.
  func close()
}

/// What a `LoadBalancer` tells its channel.
enum BalancerStatus {
  case idle
  case connecting
  /// These take calls, at least one.
  case ready([ClientConnection])
  case failed(String)
}

/// The order in which addresses are tried: the families by turns, each in its own order, beginning
/// with the first address's (RFC 8305 section 4). Each address once.
func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
  var families: [[SocketAddress]] = []
  var seen: Set<SocketAddress> = []
  for address in addresses where seen.insert(address).inserted {
    if let index = families.firstIndex(where: { $0[0].family == address.family }) {
      families[index].append(address)
    } else {
      families.append([address])
    }
  }
  let rounds = families.map(\.count).max() ?? 0
  return (0..<rounds).flatMap { round in
    families.compactMap { round < $0.count ? $0[round] : nil }
  }
}

extension SocketAddress {
  fileprivate var family: Int {
    switch self {
    case .ipv4: 4
    case .ipv6: 6
    case .unix, .unixAbstract: 1
    }
  }
}
