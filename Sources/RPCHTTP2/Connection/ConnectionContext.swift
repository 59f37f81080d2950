import EventLoop
import HTTP2
import RPC

/// What the connections of one loop share: buffers, limits, the budget of held bytes, the timer
/// that looks after their timeouts.
///
/// `@unchecked Sendable`: constants aside, it belongs to the loop's thread.
final class ConnectionContext: @unchecked Sendable {
  private static let inputBytes = 64 * 1024

  let loop: EventLoop
  let limits: ConnectionLimits
  /// Takes the streams of peers; nil for clients.
  let handler: (any ServerStreamHandler)?
  let observer: (any ConnectionObserver)?
  private let maxHeldBytes: Int
  private let maxQueuedBytes: Int

  /// Lent to one connection while it reads or writes.
  @safe @exclusivity(unchecked) var input: [UInt8] = []
  @safe @exclusivity(unchecked) var output: [UInt8] = []

  private(set) var connections: [Connection] = []
  /// Those that have not finished their preface.
  private(set) var silent: [SilentConnection] = []
  @safe @exclusivity(unchecked) private(set) var heldBytes = 0
  @safe @exclusivity(unchecked) private(set) var queuedBytes = 0
  /// What calls in progress take.
  @safe @exclusivity(unchecked) var openRequestBytes = 0
  @safe @exclusivity(unchecked) private var throttled: [Connection] = []
  private var tick: EventLoop.Timer?
  private var ticks = 0
  private(set) var isDraining = false

  /// - Parameter shares: over how many loops the server's budget is spread.
  init(
    loop: EventLoop, limits: ConnectionLimits, shares: Int = 1,
    handler: (any ServerStreamHandler)? = nil, observer: (any ConnectionObserver)? = nil
  ) {
    self.loop = loop
    self.limits = limits
    self.handler = handler
    self.observer = observer
    maxHeldBytes = limits.maxHeldBytes / max(1, shares)
    maxQueuedBytes = limits.maxQueuedBytesInAll / max(1, shares)
  }

  func prepareInput() {
    if input.isEmpty { input = [UInt8](repeating: 0, count: Self.inputBytes) }
  }

  // MARK: Connections

  func adopt(_ connection: Connection) {
    connection.index = connections.count
    connections.append(connection)
    if tick == nil { armTick() }
    if isDraining { connection.beginGracefulShutdown() }
  }

  func adopt(_ connection: SilentConnection) {
    connection.index = silent.count
    silent.append(connection)
    if tick == nil { armTick() }
    if isDraining { connection.close("shut down") }
  }

  func forget(_ connection: SilentConnection) {
    let index = connection.index
    guard index < silent.count, silent[index] === connection else { return }
    let last = silent.removeLast()
    if last !== connection {
      silent[index] = last
      last.index = index
    }
  }

  func forget(_ connection: Connection) {
    let index = connection.index
    guard index < connections.count, connections[index] === connection else { return }
    let last = connections.removeLast()
    if last !== connection {
      connections[index] = last
      last.index = index
    }
    throttled.removeAll { $0 === connection }
  }

  /// Lets all streams finish, and ends what is left after the grace time.
  func beginGracefulShutdown() {
    guard !isDraining else { return }
    isDraining = true
    for connection in connections { connection.beginGracefulShutdown() }
    // Who never said anything is owed nothing.
    for connection in silent { connection.close("shut down") }
    // Also without connections: one that was accepted before may still be on its way here.
    loop.schedule(after: limits.graceTime) { [weak self] in
      self?.closeAll("the grace time of the shutdown is over")
    }
  }

  func closeAll(_ reason: String) {
    isDraining = true
    for connection in connections { connection.close(reason) }
    for connection in silent { connection.close(reason) }
  }

  // MARK: Queued bytes

  /// A connection's queues have changed by `count` bytes.
  func queued(_ count: Int) { queuedBytes += count }

  /// Whether a connection with so many queued bytes should take no new requests.
  func isOverQueued(_ count: Int) -> Bool {
    count > limits.maxQueuedBytes
      || queuedBytes > maxQueuedBytes && count > limits.http2.sendHighWatermark
  }

  // MARK: Calls in progress

  /// Whether a connection whose calls take so much may begin another one. Without one it may: each
  /// has its share, however small.
  func hasRoom(forRequestBeside count: Int) -> Bool {
    count == 0 || openRequestBytes <= limits.maxOpenRequestBytes
      || count <= limits.maxOpenRequestBytes / max(1, connections.count)
  }

  // MARK: Held bytes

  func held(_ count: Int) { heldBytes += count }

  func released(_ count: Int) {
    heldBytes -= count
    guard !throttled.isEmpty, heldBytes <= maxHeldBytes / 4 * 3 else { return }
    let resumed = throttled
    throttled = []
    for connection in resumed { connection.throttle(false) }
  }

  /// Stops reading from `connection` if all hold too much and it holds more than its share.
  func throttleIfGreedy(_ connection: Connection) {
    guard heldBytes > maxHeldBytes, connection.heldBytes > maxHeldBytes / max(1, connections.count)
    else {
      return
    }
    connection.throttle(true)
    throttled.append(connection)
  }

  // MARK: Timeouts

  private func armTick() {
    tick = loop.schedule(after: limits.tick) { [weak self] in self?.lookAfterConnections() }
  }

  private func lookAfterConnections() {
    tick = nil
    ticks += 1
    let looks = max(1, Int(limits.stalledWriteTimeout / limits.tick))
    for connection in connections { connection.checkTimeouts(stalledLooks: looks) }
    for connection in silent { connection.checkTimeouts() }
    if !connections.isEmpty || !silent.isEmpty { armTick() }
  }
}
