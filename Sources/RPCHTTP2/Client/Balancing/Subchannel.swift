import EventLoop
import RPC

/// One address of a channel, with one connection at a time. Confined to the loop.
///
/// It connects when it is told to, and waits by itself after an attempt that failed.
///
/// Source: grpc/doc/connectivity-semantics-and-api.md, connection-backoff.md.
final class Subchannel {
  enum State: Equatable {
    /// It may be told to connect.
    case idle
    /// Also: connected, and the server has not said how it is.
    case connecting
    case ready
    /// The last attempt failed and the next must wait, or the server says that it is not well.
    case failed(String)
  }

  let address: SocketAddress
  private(set) var state = State.idle
  private(set) var connection: ClientConnection?
  /// For the load balancer: it has failed since it was ready, or since the pass began.
  var hasFailed = false
  /// Called after each change that the caller has not asked for itself.
  var onChange: ((Subchannel) -> Void)?

  private weak var channel: ChannelCore?
  private let loop: EventLoop
  private let options: ChannelOptions
  /// Nil: nobody asks for its health.
  private let healthService: String?
  private var health: HealthWatch?
  private var failures = 0
  private var attemptBegan = MonotonicTime(nanoseconds: .min / 2)
  /// Ends an attempt, or the wait for the next one.
  private var timer: EventLoop.Timer?

  init(_ address: SocketAddress, of channel: ChannelCore, healthService: String? = nil) {
    self.address = address
    self.channel = channel
    self.healthService = healthService
    loop = channel.loop
    options = channel.options
  }

  /// idle -> connecting.
  func connect() {
    guard state == .idle, let channel else { return }
    state = .connecting
    attemptBegan = loop.now
    timer?.cancel()
    let connection = channel.makeConnection { [weak self] connection, reason in
      self?.ended(connection, reason)
    }
    self.connection = connection
    connection.onReady = { [weak self] in self?.connected() }
    connection.onGoAway = { [weak self, weak connection] in
      if let connection { self?.lost(connection) }
    }
    let time = max(options.minConnectTimeout, nextDelay(random: 0.5))
    timer = loop.schedule(after: time) { [weak connection] in
      connection?.end("no connection and SETTINGS in time")
    }
    connection.run([address], connectTimeout: time) { _ in }
  }

  /// The same for a connection that was lost, but not sooner than an attempt after the last one: a
  /// server that takes connections and ends them at once gets no more than others.
  func reconnect() {
    guard state == .idle else { return }
    let wait = attemptBegan + options.backoff.initial - loop.now
    guard wait > .zero else { return connect() }
    timer?.cancel()
    timer = loop.schedule(after: wait) { [weak self] in
      guard let self, state == .idle else { return }
      connect()
      onChange?(self)
    }
  }

  /// The connection takes no more calls: those in flight finish on it.
  func lost(_ connection: ClientConnection) {
    guard self.connection === connection, connection.wasReady else { return }
    forgetConnection()
    connection.beginGracefulShutdown()
    enter(.idle)
  }

  /// For good.
  func close() {
    onChange = nil
    channel = nil
    let connection = self.connection
    forgetConnection()
    guard let connection else { return }
    if connection.wasReady {
      connection.beginGracefulShutdown()
    } else {
      connection.end("another address is used")
    }
  }

  private func forgetConnection() {
    timer?.cancel()
    health?.cancel()
    health = nil
    connection = nil
  }

  private func connected() {
    guard let channel, let connection else { return }
    timer?.cancel()
    failures = 0
    channel.report(.connected)
    guard let healthService else { return enter(.ready) }
    health = HealthWatch(of: healthService, on: connection, for: channel) { [weak self] finding in
      self?.found(finding)
    }
    health?.start()
  }

  private func found(_ finding: HealthWatch.Finding) {
    switch finding {
    case .healthy:
      enter(.ready)
    case .unchecked:
      channel?.report(.healthUnchecked(address: address.description))
      enter(.ready)
    case .unhealthy(let reason):
      let reason = describe(reason)
      channel?.report(.unhealthy(reason: reason))
      enter(.failed(reason))
    }
  }

  private func ended(_ connection: ClientConnection, _ reason: String) {
    guard self.connection === connection else { return }
    forgetConnection()
    if connection.wasReady { return enter(.idle) }
    failures += 1
    let delay = nextDelay(random: Double.random(in: 0...1))
    let reason = describe(reason)
    channel?.report(.failed(reason: reason, retryAfter: delay))
    timer = loop.schedule(after: max(.zero, attemptBegan + delay - loop.now)) { [weak self] in
      self?.enter(.idle)
    }
    enter(.failed(reason))
  }

  private func nextDelay(random: Double) -> Duration {
    options.backoff.delay(afterFailures: max(1, failures), random: random)
  }

  private func describe(_ reason: String) -> String {
    channel?.target == address.description ? reason : "\(address): \(reason)"
  }

  private func enter(_ state: State) {
    if self.state == state { return }
    self.state = state
    if case .failed = state { hasFailed = true }
    if state == .ready { hasFailed = false }
    onChange?(self)
  }
}
