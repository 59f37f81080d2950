import EventLoop

/// The options of the listener for those who run trackd.
struct AdminOptions: Equatable {
  /// Nil for none.
  var listen: SocketAddress?
  /// Whether everybody who reaches it may read more than health.
  var opensMetrics = false
}

extension SocketAddress {
  /// Whether nobody but this machine reaches it.
  var isLocal: Bool {
    switch self {
    case .ipv4(let host, _): host >> 24 == 127
    case .ipv6(let high, let low, _, _): high == 0 && low == 1
    case .unix, .unixAbstract: true
    }
  }
}
