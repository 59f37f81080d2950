import EventLoop

/// All calls over one connection, to the first address that can be reached.
///
/// A pass begins an attempt at each address, in order, each a moment after the one before or as
/// soon as that one has failed; attempts go on side by side, and the first connection ends the
/// others. When all addresses have failed the channel is told, and the name is looked up again;
/// from then on each address is tried whenever its backoff is over, until one is connected.
///
/// Source: gRFC A61 and A62, "sticky TRANSIENT_FAILURE".
final class PickFirst: LoadBalancer {
  private unowned let channel: ChannelCore
  private var addresses: [SocketAddress] = []
  private var subchannels: [Subchannel] = []
  private var selected: Subchannel?
  private var isConnecting = false
  /// The channel was told of failure, and no connection has come about since.
  private var isFailing = false
  /// Each address has failed since the connecting began.
  private var isPassOver = false
  /// The next address of the pass.
  private var next = 0
  private var timer: EventLoop.Timer?
  /// Attempts that failed since the channel was last told of failure.
  private var failures = 0

  init(_ channel: ChannelCore) { self.channel = channel }

  func update(_ addresses: [SocketAddress]) {
    self.addresses = interleaved(addresses)
    if let selected, self.addresses.contains(selected.address) { return }
    guard selected != nil || isConnecting else { return }
    selected = nil
    begin()
  }

  func connect() {
    if selected == nil, !isConnecting { begin() }
  }

  func close() {
    timer?.cancel()
    for subchannel in subchannels { subchannel.close() }
    subchannels = []
    selected = nil
    isConnecting = false
  }

  /// Begins a pass over the addresses. Attempts that are under way go on.
  private func begin() {
    var known = subchannels
    subchannels = addresses.map { address in
      if let index = known.firstIndex(where: { $0.address == address }) {
        return known.remove(at: index)
      }
      let new = Subchannel(address, of: channel)
      new.onChange = { [weak self] in self?.changed($0) }
      return new
    }
    for subchannel in known { subchannel.close() }
    for subchannel in subchannels { subchannel.hasFailed = false }
    isConnecting = true
    isPassOver = false
    next = 0
    if !isFailing { channel.balancer(is: .connecting) }
    attemptNext()
  }

  private func attemptNext() {
    timer?.cancel()
    while next < subchannels.count {
      let subchannel = subchannels[next]
      next += 1
      if case .failed = subchannel.state {
        // Its backoff is not over.
        subchannel.hasFailed = true
        continue
      }
      subchannel.connect()
      if next < subchannels.count {
        let delay = channel.options.connectionAttemptDelay
        timer = channel.loop.schedule(after: min(max(delay, .milliseconds(100)), .seconds(2))) {
          [weak self] in self?.attemptNext()
        }
      }
      return
    }
    endPassIfOver()
  }

  private func changed(_ subchannel: Subchannel) {
    switch subchannel.state {
    case .connecting: break
    case .ready: select(subchannel)
    case .failed: failed(subchannel)
    case .idle:
      if subchannel === selected {
        selected = nil
        channel.requestResolution()
        channel.balancer(is: .idle)
      } else if isPassOver {
        subchannel.connect()
      }
    }
  }

  private func select(_ subchannel: Subchannel) {
    guard let connection = subchannel.connection else { return }
    timer?.cancel()
    for other in subchannels where other !== subchannel { other.close() }
    subchannels = [subchannel]
    selected = subchannel
    isConnecting = false
    isFailing = false
    channel.balancer(is: .ready([connection]))
  }

  private func failed(_ subchannel: Subchannel) {
    guard isConnecting else { return }
    if !isPassOver {
      if next > 0, subchannels[next - 1] === subchannel { attemptNext() } else { endPassIfOver() }
      return
    }
    failures += 1
    if failures >= subchannels.count { tell() }
  }

  private func endPassIfOver() {
    guard next == subchannels.count, subchannels.allSatisfy(\.hasFailed) else { return }
    isPassOver = true
    tell()
    for subchannel in subchannels { subchannel.connect() }
  }

  private func tell() {
    failures = 0
    isFailing = true
    let reasons = subchannels.compactMap { subchannel in
      if case .failed(let reason) = subchannel.state { reason } else { String?.none }
    }
    channel.requestResolution()
    channel.balancer(is: .failed(reasons.last ?? "no address can be reached"))
  }
}
