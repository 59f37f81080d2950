import EventLoop
import RPC
import Wire

/// Which connection of a channel takes the next call, and when one may be tried.
///
/// `@unchecked Sendable`: constants aside, it belongs to the loop's thread.
final class ChannelCore: @unchecked Sendable {
  private let target: String
  private let context: ConnectionContext
  private let backoff: Backoff
  private let onEvent: @Sendable (ChannelEvent) -> Void

  /// The connection that takes new calls.
  private var current: ClientConnection?
  /// All open connections, also the ones that only finish their calls.
  private var connections: [ObjectIdentifier: ClientConnection] = [:]
  /// Connections that `run` has not taken yet.
  private var waiting: [ClientConnection] = []
  private var runner: CheckedContinuation<ClientConnection?, Never>?
  private var isShutDown = false

  /// Failed attempts in a row, the reason of the last, and the time before which there is no other.
  private var failures = 0
  private var lastFailure = ""
  private var blockedUntil: MonotonicTime?

  init(
    target: String, context: ConnectionContext, backoff: Backoff,
    onEvent: @escaping @Sendable (ChannelEvent) -> Void
  ) {
    self.target = target
    self.context = context
    self.backoff = backoff
    self.onEvent = onEvent
  }

  func openStream(
    _ head: HeaderFields, endStream: Bool, _ receiver: any StreamReceiver
  ) -> any TransportStream {
    context.counters.callsStarted.add(1)
    if let connection = usableConnection() {
      return connection.openStream(head, endStream: endStream, receiver)
    }
    let reason = isShutDown ? "shut down" : current?.failure ?? lastFailure
    return ClosedStream(context, target, receiver, .connectionLost("\(target): \(reason)"))
  }

  /// The channel as it is now.
  var info: ChannelInfo {
    let counters = context.counters
    return ChannelInfo(
      target: target, connectivity: connectivity, callsStarted: counters.callsStarted.value,
      callsSucceeded: counters.callsSucceeded.value, callsFailed: counters.callsFailed.value,
      connections: context.infos)
  }

  private var connectivity: ChannelInfo.Connectivity {
    if isShutDown { return .shutdown }
    if let current, current.takesStreams { return current.wasReady ? .ready : .connecting }
    if let blockedUntil, context.loop.now < blockedUntil { return .transientFailure }
    return .idle
  }

  func details(of id: Int) -> ConnectionDetails? { context.details(of: id) }

  /// Hands the next connection that is to be run to `next`; nil when there will be none.
  func nextConnection(_ next: CheckedContinuation<ClientConnection?, Never>) {
    if isShutDown {
      next.resume(returning: nil)
    } else if waiting.isEmpty {
      runner = next
    } else {
      next.resume(returning: waiting.removeFirst())
    }
  }

  func beginGracefulShutdown() {
    for connection in stop() { connection.beginGracefulShutdown() }
  }

  func cancel() {
    for connection in stop() { connection.cancel() }
  }

  /// - Returns: the connections that are to be ended.
  private func stop() -> [ClientConnection] {
    isShutDown = true
    runner?.resume(returning: nil)
    runner = nil
    // `run` will not take them any more.
    let unused = waiting
    waiting = []
    for connection in unused { connection.end("shut down") }
    return Array(connections.values)
  }

  private func usableConnection() -> ClientConnection? {
    if isShutDown { return nil }
    if let current {
      if current.takesStreams { return current }
      // It has failed and waits for the peer to close; `ended` counts the failure then.
      if !current.wasReady { return nil }
    }
    if let blockedUntil, context.loop.now < blockedUntil { return nil }
    return connect()
  }

  private func connect() -> ClientConnection {
    let connection = ClientConnection(target: target, context: context)
    let id = ObjectIdentifier(connection)
    connections[id] = connection
    current = connection
    connection.onReady = { [weak self] in self?.ready() }
    connection.onEnd = { [weak self] reason in self?.ended(id, reason) }
    connection.onLeft = { [weak self] streams in self?.reopen(streams) }
    if let runner {
      self.runner = nil
      runner.resume(returning: connection)
    } else {
      waiting.append(connection)
    }
    return connection
  }

  /// Streams that have waited on a connection which goes away, and that the server has never seen.
  private func reopen(_ streams: [WaitingStream]) {
    for stream in streams {
      if let connection = usableConnection() {
        connection.wait(stream)
      } else {
        let reason = current?.failure ?? lastFailure
        stream.fail(.connectionLost("\(target): \(isShutDown ? "shut down" : reason)"))
      }
    }
  }

  private func ready() {
    failures = 0
    blockedUntil = nil
    onEvent(.connected)
  }

  private func ended(_ id: ObjectIdentifier, _ reason: String) {
    guard let connection = connections.removeValue(forKey: id) else { return }
    if current === connection { current = nil }
    if isShutDown { return }
    guard !connection.wasReady else { return onEvent(.ended(reason: reason)) }
    failures += 1
    lastFailure = reason
    let delay = backoff.delay(afterFailures: failures, random: Double.random(in: 0...1))
    blockedUntil = MonotonicTime.now() + delay
    onEvent(.failed(reason: reason, retryAfter: delay))
  }
}
