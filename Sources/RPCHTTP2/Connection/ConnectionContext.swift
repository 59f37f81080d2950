import EventLoop
import HTTP2
import RPC
import Synchronization
import Wire

/// The state that the connections of one loop share: buffers, limits, budgets, and the timer that
/// looks after their timeouts.
///
/// `@unchecked Sendable`: constants aside, it belongs to the loop's thread.
final class ConnectionContext: @unchecked Sendable {
  private static let inputBytes = 64 * 1024

  let loop: EventLoop
  let limits: ConnectionLimits
  /// Takes the streams of peers: `ServerStreamHandler.streamStarted`; nil for clients. A closure,
  /// because calling it copies no existential, once per request.
  let takesStream: TakesStream?
  typealias TakesStream =
    (_ stream: any TransportStream, _ head: HeaderFields, _ endStream: Bool) -> any StreamReceiver
  private let handler: (any ServerStreamHandler)?
  let observer: (any ConnectionObserver)?
  let counters: LoopConnectionCounters
  /// Of all loops.
  let refusals: RefusalCounters
  /// As the limits say; a client's time grows when servers find it too short.
  @safe @exclusivity(unchecked) private(set) var keepAlive: KeepAlivePings?
  private let maxHeldBytes: Int
  /// Of all loops of a server; nil: windows do not grow.
  let windowBudget: WindowBudget?
  let http1 = HTTP1Connections()
  /// Puts TLS over a socket; nil for cleartext.
  private let secure: Secure?
  typealias Secure = (SocketChannel) throws(ChannelError) -> any ByteChannel
  private let openRequests: ShareQuota
  private let queued: ShareQuota

  /// Lent to one connection while it reads or writes.
  @safe @exclusivity(unchecked) var input: [UInt8] = []
  @safe @exclusivity(unchecked) var frames = HTTP2Output()
  @safe @exclusivity(unchecked) var output: [UInt8] = []

  @safe @exclusivity(unchecked) private(set) var connections: [Connection] = []
  /// Connections whose preface is not complete.
  @safe @exclusivity(unchecked) private(set) var silent: [SilentConnection] = []
  @safe @exclusivity(unchecked) private var silentSince = IdleList()
  @safe @exclusivity(unchecked) private var idle = IdleList()
  /// Since when the longest idle connection has been idle, in nanoseconds; `max` without one.
  /// Written on the loop, read by listeners of other loops.
  let oldestIdle = Atomic<Int64>(.max)
  let idlePeers: IdlePeers?
  /// Servers only.
  let hostAccounts: HostAccounts?
  let intakeTurns = IntakeTurns()
  @safe @exclusivity(unchecked) private(set) var heldBytes = 0
  @safe @exclusivity(unchecked) private(set) var queuedBytes = 0
  /// Memory of the calls in progress, in bytes.
  @safe @exclusivity(unchecked) var openRequestBytes = 0
  /// Connections with calls in progress; they share the budgets.
  @safe @exclusivity(unchecked) var busyConnections = 0
  @safe @exclusivity(unchecked) private var throttled: [Connection] = []
  /// Some connection, of either version of HTTP, is not read because it holds too much.
  @safe @exclusivity(unchecked) var hasThrottled = false
  @safe @exclusivity(unchecked) private var tick: EventLoop.Timer?
  @safe @exclusivity(unchecked) private var ticks = 0
  @safe @exclusivity(unchecked) private var tickDue = MonotonicTime(nanoseconds: 0)
  @safe @exclusivity(unchecked) private var lateness = Duration.zero
  @safe @exclusivity(unchecked) private(set) var isDraining = false

  /// The first identifier of a connection, and the step to the next.
  private let firstID: Int
  private let stepOfID: Int
  @safe @exclusivity(unchecked) private var idsGiven = 0

  /// - Parameters:
  ///   - share: the number of this context among the contexts of its server.
  ///   - shares: over how many loops the server's budgets are spread.
  init(
    loop: EventLoop, limits: ConnectionLimits, share: Int = 0, shares: Int = 1,
    counters: LoopConnectionCounters = LoopConnectionCounters(),
    refusals: RefusalCounters = RefusalCounters(),
    handler: (any ServerStreamHandler)? = nil, observer: (any ConnectionObserver)? = nil,
    idlePeers: IdlePeers? = nil, hostAccounts: HostAccounts? = nil,
    windowBudget: WindowBudget? = nil, secure: Secure? = nil
  ) {
    self.secure = secure
    self.windowBudget = windowBudget ?? WindowBudget(limits)
    self.hostAccounts = hostAccounts
    self.counters = counters
    self.refusals = refusals
    self.handler = handler
    firstID = share + 1
    stepOfID = max(1, shares)
    keepAlive = limits.keepAlive
    openRequests = ShareQuota(total: limits.maxOpenRequestBytes)
    queued = ShareQuota(total: limits.maxQueuedBytesInAll / max(1, shares))
    self.idlePeers = idlePeers
    self.loop = loop
    self.limits = limits
    if let handler {
      takesStream = { handler.streamStarted($0, head: $1, endStream: $2) }
    } else {
      takesStream = nil
    }
    self.observer = observer
    maxHeldBytes = limits.maxHeldBytes / max(1, shares)
  }

  /// The channel of a connected socket.
  ///
  /// - Parameter isCleartext: also where the context has TLS.
  func makeChannel(_ socket: Socket, isCleartext: Bool = false) throws(ChannelError)
    -> any ByteChannel
  {
    let plain = SocketChannel(socket, keepAlive: limits.tcpKeepAlive)
    guard let secure, !isCleartext else { return plain }
    return try secure(plain)
  }

  func prepareInput() {
    if input.isEmpty { input = [UInt8](repeating: 0, count: Self.inputBytes) }
  }

  /// Tells the observer, and counts what was refused.
  func tell(_ event: ConnectionEvent) {
    if let refusal = event.refusalClass { refusals.add(refusal) }
    observer?.connectionEvent(event)
  }

  // MARK: Connections

  /// An identifier that no other connection of the server has or had.
  func nextID() -> Int {
    defer { idsGiven += 1 }
    return firstID + idsGiven * stepOfID
  }

  /// All connections as they are now.
  var infos: [ConnectionInfo] {
    let now = loop.now
    return connections.map { ConnectionInfo($0, at: now) }
      + http1.all.map { ConnectionInfo($0, at: now) }
      + silent.map { ConnectionInfo($0, at: now) }
  }

  /// One of them; nil when it is gone.
  func details(of id: Int) -> ConnectionDetails? {
    if let found = connections.first(where: { $0.id == id }) {
      return ConnectionDetails(found, at: loop.now)
    }
    if let found = http1.all.first(where: { $0.id == id }) {
      return ConnectionDetails(found, at: loop.now)
    }
    return silent.first { $0.id == id }.map { ConnectionDetails($0, at: loop.now) }
  }

  /// A server wants fewer PINGs: half as many from now on, on later connections too, as gRFC A8
  /// asks for. A day is long enough, whatever servers say.
  func sendFewerPings() {
    guard let time = keepAlive?.time, time < .seconds(86_400) else { return }
    keepAlive?.time = time * 2
  }

  func adopt(_ connection: Connection) {
    connection.index = connections.count
    connections.append(connection)
    connection.noteIdle()
    lookAfterNewcomer()
    guard isDraining else { return }
    // Its preface may be on its way: GOAWAY follows that, or silence.
    loop.schedule(after: ConnectionLife.pingTime) { [weak connection] in
      connection?.beginGracefulShutdown()
    }
  }

  func adopt(_ connection: SilentConnection) {
    connection.index = silent.count
    silent.append(connection)
    silentSince.append(connection.index)
    if idle.first == nil { publishOldestIdle() }
    lookAfterNewcomer()
    if isDraining { connection.close("shut down") }
  }

  func forget(_ connection: SilentConnection) {
    let index = connection.index
    guard index < silent.count, silent[index] === connection else { return }
    let last = silent.removeLast()
    silentSince.moved(from: silent.count, to: index)
    if last !== connection {
      silent[index] = last
      last.index = index
    }
    if silent.isEmpty { silent = [] }
    if idle.first == nil { publishOldestIdle() }
  }

  func forget(_ connection: Connection) {
    let index = connection.index
    guard index < connections.count, connections[index] === connection else { return }
    uncount(connection)
    let last = connections.removeLast()
    idle.moved(from: connections.count, to: index)
    publishOldestIdle()
    if last !== connection {
      connections[index] = last
      last.index = index
    }
    throttled.removeAll { $0 === connection }
    if connections.isEmpty { connections = [] }
  }

  // MARK: Idle connections

  /// A connection has become idle, or busy again; servers only.
  func list(_ connection: Connection, isIdle: Bool) {
    guard takesStream != nil else { return }
    let place = connection.index
    guard place < connections.count, connections[place] === connection else { return }
    let first = idle.first
    if isIdle { idle.append(place) } else { idle.remove(place) }
    connection.isListedIdle = isIdle
    if idle.first != first { publishOldestIdle() }
  }

  func publishOldestIdle() {
    var since = idle.first.map { connections[$0].life.idleSince }
    if let other = http1.longestIdle?.idleSince { since = min(since ?? other, other) }
    since = since ?? silentSince.first.map { silent[$0].since }
    oldestIdle.store(since?.nanoseconds ?? .max, ordering: .relaxed)
  }

  /// Closes the longest idle connection, else the one that has been silent for the longest time;
  /// false when there is neither.
  func makeRoom() -> Bool {
    let found = idle.first.map { connections[$0] }
    if let other = http1.longestIdle, other.idleSince < found?.life.idleSince ?? loop.now {
      tell(.madeRoom(peer: other.peer))
      other.makeWay()
    } else if let found {
      tell(.madeRoom(peer: found.peer))
      found.makeWay()
    } else if let place = silentSince.first {
      let connection = silent[place]
      tell(.madeRoom(peer: connection.peer))
      connection.close("made room for another connection")
    } else {
      return false
    }
    return true
  }

  /// Shuts down the longest idle connections of hosts that have too many.
  private func boundIdlePeers() {
    guard let idlePeers else { return }
    for connection in connections where connection.isCountedIdle != connection.isListedIdle {
      guard let host = connection.host else { continue }
      connection.isCountedIdle = connection.isListedIdle
      idlePeers.changed(host, isIdle: connection.isListedIdle)
    }
    countIdle(idlePeers)
    var excess = idlePeers.excess()
    var place = idle.first
    while !excess.isEmpty, let current = place {
      place = idle.next(after: current)
      let connection = connections[current]
      guard let host = connection.host, let count = excess[host] else { continue }
      excess[host] = count > 1 ? count - 1 : nil
      refusals.add(.tooManyIdle)
      connection.beginGracefulShutdown()
      uncount(connection)
    }
    boundIdle(idlePeers, &excess)
  }

  private func uncount(_ connection: Connection) {
    guard connection.isCountedIdle, let host = connection.host else { return }
    connection.isCountedIdle = false
    idlePeers?.changed(host, isIdle: false)
  }

  /// Lets all streams finish, and closes the connections that are left after the grace time.
  func beginGracefulShutdown() {
    guard !isDraining else { return }
    isDraining = true
    for connection in connections { connection.beginGracefulShutdown() }
    for connection in http1.all { connection.beginGracefulShutdown() }
    // A peer that has not even sent its preface has no call to finish.
    for connection in silent { connection.close("shut down") }
    // Also without connections: one that was accepted before may still be on its way here.
    loop.schedule(after: limits.graceTime) { [weak self] in
      self?.closeAll("the grace time of the shutdown is over")
    }
  }

  func closeAll(_ reason: String) {
    isDraining = true
    for connection in connections { connection.close(reason) }
    for connection in http1.all { connection.close(reason) }
    for connection in silent { connection.close(reason) }
  }

  // MARK: Queued bytes

  /// A connection's queues have changed by `count` bytes.
  func queued(_ count: Int) { queuedBytes += count }

  /// Whether a connection with so many queued bytes should take no new requests.
  func isOverQueued(_ count: Int) -> Bool {
    if count <= limits.http2.sendHighWatermark { return false }
    let share = queued.fairShare(groups: 1, members: busyConnections)
    return count > limits.maxQueuedBytes
      || !queued.allows(used: queuedBytes, own: count, share: share)
  }

  // MARK: Calls in progress

  /// Whether a connection whose calls take so much may begin another one.
  func hasRoom(forRequestBeside count: Int) -> Bool {
    let share = openRequests.fairShare(groups: 1, members: busyConnections)
    return openRequests.allows(used: openRequestBytes, own: count, share: share)
  }

  // MARK: Held bytes

  func held(_ count: Int) { heldBytes += count }

  func released(_ count: Int) {
    heldBytes -= count
    guard hasThrottled, heldBytes <= maxHeldBytes / 4 * 3 else { return }
    hasThrottled = false
    http1.resumeThrottled()
    let resumed = throttled
    throttled = []
    for connection in resumed { connection.throttle(false) }
  }

  /// Stops reading from `connection` if all hold too much and it holds more than its share.
  func throttleIfGreedy(_ connection: Connection) {
    guard isGreedy(connection.heldBytes) else { return }
    hasThrottled = true
    connection.throttle(true)
    throttled.append(connection)
  }

  /// Whether all hold too much, and somebody with so many bytes more than its share.
  @inline(__always)
  func isGreedy(_ held: Int) -> Bool {
    heldBytes > maxHeldBytes && held > maxHeldBytes / max(1, connections.count + http1.all.count)
  }

  // MARK: Timeouts

  func lookAfterNewcomer() {
    if tick == nil { armTick() }
  }

  /// The loop's time without what it came late to its looks: a process that was stopped for a minute
  /// has not watched its peers for a minute.
  var watchedTime: MonotonicTime { loop.now + (.zero - lateness) }

  private func armTick() {
    tickDue = MonotonicTime.now() + limits.tick
    tick = loop.schedule(after: limits.tick) { [weak self] in self?.lookAfterConnections() }
  }

  private func lookAfterConnections() {
    tick = nil
    ticks += 1
    let late = MonotonicTime.now() - tickDue
    lateness += max(.zero, late)
    handler?.looked(on: loop, late: late)
    for connection in connections { connection.checkTimeouts() }
    for connection in http1.all { connection.checkTimeouts() }
    for connection in silent { connection.checkTimeouts() }
    boundIdlePeers()
    if !connections.isEmpty || !http1.all.isEmpty || !silent.isEmpty { armTick() }
  }
}
