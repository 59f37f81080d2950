import EventLoop

/// One end of a connection in memory that behaves as a TLS session as far as its script says.
/// Confined to its loop, as is the other end.
final class MemoryChannel: ByteChannel {
  /// The behaviour of a channel beside carrying bytes.
  struct Script: Sendable {
    /// The readiness that each step of the handshake waits for.
    var handshake: [Readiness] = []
    /// The steps of the handshake never become ready.
    var isStuck = false
    /// The readiness that every other read waits for, and every other write.
    var readsWaitFor: Readiness?
    var writesWaitFor: Readiness?
    var maxReadBytes = Int.max
    var maxWriteBytes = Int.max
    /// The most bytes on their way to the other end.
    var capacity = Int.max
    /// The first read takes all bytes that have come: the "descriptor" is empty then.
    var takesRecords = false
    /// The readiness that each step of the end waits for.
    var goodbye: [Readiness] = []
    /// The operation that fails, counted from 1.
    var failsAt: Int?
    var identity: PeerIdentity?
  }

  /// One direction.
  private final class Pipe {
    var bytes: [UInt8] = []
    var isEnded = false
    /// The reading end is closed.
    var isBroken = false
  }

  private var script: Script
  private let incoming: Pipe
  private let outgoing: Pipe
  private weak var other: MemoryChannel?
  private var loop: EventLoop?
  private var handler: (any EventHandler)?
  private var watched: Readiness = []
  private var isScheduled = false
  /// The readiness for which the handler runs now.
  private var happening: Readiness = []
  private var readBlock: Readiness?
  private var writeBlock: Readiness?
  /// Bytes that were taken from the pipe and not read yet.
  private var record: [UInt8] = []
  private var reads = 0
  private var writes = 0

  let peerAddress: SocketAddress?
  private(set) var operations = 0
  private(set) var closes = 0
  private(set) var hasEndedWriting = false

  static func pair(
    _ first: Script = Script(), _ second: Script = Script()
  ) -> (MemoryChannel, MemoryChannel) {
    let (there, back) = (Pipe(), Pipe())
    let ends = (MemoryChannel(first, back, there, 1), MemoryChannel(second, there, back, 2))
    ends.0.other = ends.1
    ends.1.other = ends.0
    return ends
  }

  private init(_ script: Script, _ incoming: Pipe, _ outgoing: Pipe, _ port: UInt16) {
    self.script = script
    self.incoming = incoming
    self.outgoing = outgoing
    peerAddress = .ipv4(host: 0x0A00_0001, port: port)
  }

  // MARK: Watching

  func open(on loop: EventLoop, for handler: any EventHandler) throws(SystemError) {
    try countWatch()
    self.loop = loop
    self.handler = handler
    watched = .readable
    schedule()
  }

  func pass(to handler: any EventHandler) { self.handler = handler }

  func watch(_ readiness: Readiness) throws(SystemError) {
    try countWatch()
    watched = readiness
    schedule()
  }

  /// Level-triggered, as epoll is.
  private func schedule() {
    guard let loop, !isScheduled, !watched.isEmpty else { return }
    isScheduled = true
    loop.schedule(after: .zero) { [self] in
      isScheduled = false
      happening = readiness.intersection(watched)
      guard !happening.isEmpty else { return }
      handler?.ready(happening)
      happening = []
      schedule()
    }
  }

  private var readiness: Readiness {
    if let step = script.handshake.first { return script.isStuck ? [] : step }
    var ready: Readiness = []
    if hasEndedWriting || closes > 0 || outgoing.bytes.count < script.capacity || outgoing.isBroken
    {
      ready.insert(.writable)
    }
    if let writeBlock { ready = writeBlock }
    if let readBlock {
      ready.formUnion(readBlock)
    } else if !incoming.bytes.isEmpty || incoming.isEnded {
      ready.insert(.readable)
    }
    return ready
  }

  // MARK: State

  var isEstablished: Bool { script.handshake.isEmpty }
  var peerIdentity: PeerIdentity? { isEstablished ? script.identity : nil }
  var hasPendingInput: Bool { !record.isEmpty }

  // MARK: Bytes

  func read(into buffer: inout [UInt8]) throws(ChannelError) -> ChannelRead {
    try count()
    if let step = handshakeStep() { return .wouldBlock(step) }
    reads += 1
    if readBlock == nil, reads % 2 == 0 { readBlock = script.readsWaitFor }
    if let block = passed(&readBlock) { return .wouldBlock(block) }
    if script.takesRecords, record.isEmpty { swap(&record, &incoming.bytes) }
    let found =
      script.takesRecords
      ? Self.take(&record, &buffer, script.maxReadBytes)
      : Self.take(&incoming.bytes, &buffer, script.maxReadBytes)
    other?.schedule()
    if found > 0 { return .bytes(found) }
    return incoming.isEnded ? .end : .wouldBlock(.readable)
  }

  func write(_ bytes: [UInt8], from start: Int) throws(ChannelError) -> ChannelWrite {
    try count()
    if let step = handshakeStep() { return .part(0, waitsFor: step) }
    writes += 1
    if writeBlock == nil, writes % 2 == 0 { writeBlock = script.writesWaitFor }
    if let block = passed(&writeBlock) { return .part(0, waitsFor: block) }
    if outgoing.isBroken { throw ChannelError("write: Broken pipe") }
    let room = max(0, script.capacity - outgoing.bytes.count)
    let count = min(bytes.count - start, room, script.maxWriteBytes)
    outgoing.bytes += bytes[start..<start + count]
    other?.schedule()
    return start + count == bytes.count ? .all : .part(count, waitsFor: .writable)
  }

  func endWriting() throws(ChannelError) -> Readiness {
    try count()
    if let step = script.goodbye.first {
      guard !happening.isDisjoint(with: step) else { return step }
      script.goodbye.removeFirst()
      if let next = script.goodbye.first { return next }
    }
    hasEndedWriting = true
    outgoing.isEnded = true
    other?.schedule()
    return []
  }

  func close() {
    closes += 1
    handler = nil
    watched = []
    outgoing.isEnded = true
    incoming.isBroken = true
    other?.schedule()
  }

  private static func take(_ bytes: inout [UInt8], _ buffer: inout [UInt8], _ most: Int) -> Int {
    let count = min(bytes.count, buffer.count, most)
    buffer.replaceSubrange(..<count, with: bytes[..<count])
    bytes.removeFirst(count)
    return count
  }

  /// The readiness that the next step of the handshake waits for. A step is over when the owner
  /// calls because of that readiness.
  private func handshakeStep() -> Readiness? {
    guard let step = script.handshake.first else { return nil }
    guard !happening.isDisjoint(with: step) else { return step }
    script.handshake.removeFirst()
    happening = []
    return script.handshake.first
  }

  private func passed(_ block: inout Readiness?) -> Readiness? {
    if let needed = block, !happening.isDisjoint(with: needed) { block = nil }
    return block
  }

  private func countWatch() throws(SystemError) {
    operations += 1
    if operations == script.failsAt { throw SystemError(call: "epoll_ctl", errno: 12) }
  }

  private func count() throws(ChannelError) {
    operations += 1
    // The operation may change the readiness, whatever its result is.
    schedule()
    if operations == script.failsAt { throw ChannelError("failed at \(operations)") }
  }
}
