import EventLoop

/// One connection to each address; the ready ones take the calls in turn.
///
/// A connection that is lost is made again by itself, and the name is looked up again. An address
/// that has failed counts as failed until it is ready.
///
/// Source: grpc/doc/load-balancing.md; gRFC A17 for the health of each.
final class RoundRobin: LoadBalancer {
  private unowned let channel: ChannelCore
  private var subchannels: [Subchannel] = []
  private var lastReason = ""

  init(_ channel: ChannelCore) { self.channel = channel }

  func update(_ addresses: [SocketAddress]) {
    var known = subchannels
    var seen: Set<SocketAddress> = []
    subchannels = addresses.filter { seen.insert($0).inserted }.map { address in
      if let index = known.firstIndex(where: { $0.address == address }) {
        return known.remove(at: index)
      }
      let new = Subchannel(address, of: channel, healthService: channel.options.healthCheckService)
      new.onChange = { [weak self] in self?.changed($0) }
      return new
    }
    for subchannel in known { subchannel.close() }
    for subchannel in subchannels where subchannel.state == .idle { subchannel.reconnect() }
    tell()
  }

  func connect() {
    for subchannel in subchannels where subchannel.state == .idle { subchannel.reconnect() }
  }

  func close() {
    for subchannel in subchannels { subchannel.close() }
    subchannels = []
  }

  private func changed(_ subchannel: Subchannel) {
    switch subchannel.state {
    case .idle:
      if !subchannel.hasFailed { channel.requestResolution() }
      subchannel.reconnect()
    case .failed(let reason):
      lastReason = reason
      channel.requestResolution()
    case .connecting, .ready:
      break
    }
    tell()
  }

  private func tell() {
    let ready = subchannels.filter { $0.state == .ready }.compactMap(\.connection)
    if !ready.isEmpty {
      channel.balancer(is: .ready(ready))
    } else if subchannels.contains(where: { !$0.hasFailed }) {
      channel.balancer(is: .connecting)
    } else {
      channel.balancer(is: .failed(lastReason))
    }
  }
}
