public import EventLoop
public import RPC
public import RPCHTTP2
public import TLS

/// One remote server, at one address, that serves one or more integrations.
public final class RemoteServer: Sendable {
  /// Events for operators; for logs.
  public enum Event: Sendable, Equatable {
    case connected
    /// No connection could be made.
    case unreachable(reason: String)
    /// A connection has ended; the next call makes another one.
    case disconnected(reason: String)
    /// Too many calls in a row had no answer: no call is made for this long.
    case paused(Duration)
    /// The server answers again.
    case resumed
  }

  /// The address: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
  public let address: String
  public let channel: HTTP2Channel
  let client: RPCClient
  let caller: RemoteCaller

  /// - Parameters:
  ///   - loop: runs the connection.
  ///   - tls: nil for cleartext.
  ///   - observer: is told of each call.
  ///   - onEvent: must be cheap; any thread.
  public convenience init(
    address: String, loop: EventLoop, tls: ClientTLS? = nil,
    observer: (any ClientCallObserver)? = nil,
    onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.init(
      address: address, loop: loop, tls: tls, policy: RemotePolicy(), observer: observer,
      onEvent: onEvent)
  }

  init(
    address: String, loop: EventLoop, tls: ClientTLS? = nil, policy: RemotePolicy,
    observer: (any ClientCallObserver)? = nil,
    onEvent: @escaping @Sendable (Event) -> Void
  ) {
    self.address = address
    var options = ChannelOptions()
    options.tls = tls
    // A remote service is found again soon: there are few of trackd's servers.
    options.backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(10))
    let onChannelEvent: @Sendable (ChannelEvent) -> Void = { event in
      if let event = Event(event) { onEvent(event) }
    }
    // An address is taken as it is: `%` in the path of a socket is no escape.
    if let address = SocketAddress(address) {
      channel = HTTP2Channel(
        target: ChannelTarget(address), loop: loop, options: options, onEvent: onChannelEvent)
    } else {
      channel = HTTP2Channel(
        target: address, loop: loop, options: options, onEvent: onChannelEvent)
    }
    client = RPCClient(transport: channel, observer: observer)
    caller = RemoteCaller(policy: policy) { onEvent(Event($0)) }
  }

  /// Runs the connections that calls need. Returns when its task is cancelled, which ends all
  /// calls.
  public func run() async {
    // Returns only when its task is cancelled. Transports may throw in general; this one does not.
    try? await client.run()
  }
}

extension RemoteServer.Event {
  /// Nil for what these channels do not do: ask for health.
  fileprivate init?(_ event: ChannelEvent) {
    switch event {
    case .connected: self = .connected
    case .failed(let reason, _): self = .unreachable(reason: reason)
    case .ended(let reason): self = .disconnected(reason: reason)
    case .unhealthy, .healthUnchecked: return nil
    }
  }

  fileprivate init(_ event: RemoteCaller.Event) {
    self =
      switch event {
      case .paused(let delay): .paused(delay)
      case .resumed: .resumed
      }
  }
}
