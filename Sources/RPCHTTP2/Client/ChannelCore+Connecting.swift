import EventLoop
import RPC

/// Connections and the load balancer's word on them.
extension ChannelCore {
  /// Connects, if nothing is connected yet and the channel runs.
  func connect() {
    wantsConnection = true
    guard run == .running, !isShutDown || !pending.isEmpty else { return }
    if idleTimer == nil { setIdleTimer(options.idleTimeout) }
    if let balancer { return balancer.connect() }
    switch place.kind {
    case .malformed: break
    case .addresses(let addresses): use(addresses)
    case .resolver:
      if case .idle = phase { enter(.connecting) }
      requestResolution()
    }
  }

  func use(_ addresses: [SocketAddress]) {
    guard run == .running, !isShutDown || !pending.isEmpty else { return }
    let isNew = balancer == nil
    if isNew {
      balancer =
        switch options.loadBalancing {
        case .pickFirst: PickFirst(self)
        case .roundRobin: RoundRobin(self)
        }
    }
    balancer?.update(addresses)
    if isNew { balancer?.connect() }
  }

  /// A connection that stands in the channel's books until its end.
  ///
  /// - Parameter onEnd: called once, with the reason of the end.
  func makeConnection(
    onEnd: @escaping (ClientConnection, _ reason: String) -> Void
  ) -> ClientConnection {
    let connection = ClientConnection(target: target, context: context)
    let id = ObjectIdentifier(connection)
    connections[id] = connection
    connection.onEnd = { [weak self, weak connection] reason in
      guard let connection else { return }
      self?.connections[id] = nil
      if connection.wasReady { self?.report(.ended(reason: reason)) }
      onEnd(connection, reason)
      self?.endIfOver()
    }
    connection.onLeft = { [weak self] streams in self?.reopen(streams) }
    return connection
  }

  func report(_ event: ChannelEvent) {
    if !isShutDown { onEvent(event) }
  }

  /// The balancer's word on what takes calls.
  func balancer(is status: BalancerStatus) {
    guard balancer != nil else { return }
    switch status {
    case .idle:
      ready = []
      enter(.idle)
      if !pending.isEmpty { connect() }
    case .connecting:
      ready = []
      enter(.connecting)
    case .ready(let connections):
      ready = connections
      turn = Int.random(in: connections.indices)
      enter(.ready)
      givePending()
      if isShutDown, pending.isEmpty { stop() }
    case .failed(let reason): fail(reason)
    }
  }

  func fail(_ reason: String) {
    ready = []
    enter(.failing(reason))
    failPending(reason, all: isShutDown)
    if isShutDown { stop() }
  }

  func enter(_ phase: Phase) {
    self.phase = phase
    watchers.tell(state)
  }
}

/// A channel without calls closes its connections.
extension ChannelCore {
  func setIdleTimer(_ delay: Duration?) {
    guard let delay else { return }
    idleTimer = loop.schedule(after: delay) { [weak self] in self?.checkIdleness() }
  }

  private func checkIdleness() {
    idleTimer = nil
    guard let timeout = options.idleTimeout, !isShutDown else { return }
    let isBusy = !pending.isEmpty || connections.values.contains { $0.calls > 0 }
    let since = connections.values.reduce(lastCallAt) { max($0, $1.lastCallEnded) }
    let idle = loop.now - since
    guard !isBusy, idle >= timeout else {
      return setIdleTimer(isBusy ? timeout : timeout - idle)
    }
    wantsConnection = false
    dropBalancer()
    // The next call does not wait for the least interval.
    schedule = ResolutionSchedule(options)
    enter(.idle)
  }
}
