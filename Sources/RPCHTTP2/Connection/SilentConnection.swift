import EventLoop
import HTTP2
import RPC

/// A server's connection from its acceptance until the client's preface is complete: a channel and
/// a few bytes, nothing of HTTP/2. A `Connection` takes over then; an `HTTP1Connection` as soon as a
/// byte is not the preface's but may be a method's. A handshake that the channel needs counts in the
/// same time.
///
/// Confined to the context's loop.
final class SilentConnection: EventHandler {
  enum State {
    /// For the preface.
    case waiting
    /// The peer speaks neither protocol and has been told: waits for it to end its half.
    case lingering
    /// Closed, or taken over.
    case over
  }

  let context: ConnectionContext
  let channel: any ByteChannel
  let id: Int
  /// Its bytes; a `Connection` that takes over goes on counting.
  private(set) var totals = ConnectionTotals()
  private(set) var readWaitsFor: Readiness = .readable
  private var output = ChannelOutput()
  let peer: String
  private(set) var state = State.waiting
  let acceptedAt: MonotonicTime
  /// When `state` began.
  private(set) var since: MonotonicTime
  private var preface = ClientPreface()
  private var closeReason = ""
  /// The watched readiness.
  private(set) var interest: Readiness = .readable
  /// Called once, when the connection is closed, also after a `Connection` has taken it over.
  private let onClose: (_ peer: String, _ reason: String, ConnectionTotals) -> Void
  /// Its place in the context's list.
  var index = 0

  /// Takes a channel and waits for its peer to speak.
  init(
    _ channel: any ByteChannel, in context: ConnectionContext,
    onClose: @escaping (_ peer: String, _ reason: String, ConnectionTotals) -> Void
  ) throws(SystemError) {
    self.context = context
    self.channel = channel
    self.onClose = onClose
    peer = channel.peerAddress?.peerDescription ?? "unknown"
    acceptedAt = context.loop.now
    since = acceptedAt
    id = context.nextID()
    try channel.open(on: context.loop, for: self)
    context.counters.opened.add(1)
    context.adopt(self)
  }

  func ready(_ events: Readiness) {
    do throws(ChannelError) {
      if !output.waitsFor.isDisjoint(with: events) { countWritten(try output.resume(channel)) }
      if !readWaitsFor.isDisjoint(with: events) { try read() }
      try watch()
    } catch {
      close(error.description)
    }
  }

  /// Reads while the channel has bytes, but no more often than a preface in single bytes needs.
  private func read() throws(ChannelError) {
    context.prepareInput()
    var input: [UInt8] = []
    swap(&input, &context.input)
    defer { swap(&input, &context.input) }
    for _ in ClientPreface.bytes where state != .over {
      switch try channel.read(into: &input) {
      case .wouldBlock(let readiness): readWaitsFor = readiness
      case .end: close("the peer closed the connection")
      case .bytes(let count):
        totals.bytesRead += count
        context.counters.bytesRead.add(count)
        if state == .waiting { try match(input.rawBytes(first: count)) }
      }
      guard channel.hasPendingInput else { return }
    }
  }

  private func watch() throws(ChannelError) {
    let wanted = readWaitsFor.union(output.waitsFor)
    guard state != .over, wanted != interest else { return }
    do throws(SystemError) {
      try channel.watch(wanted)
      interest = wanted
    } catch {
      throw ChannelError(error)
    }
  }

  /// Once per tick of the context.
  func checkTimeouts() {
    let age = context.loop.now - since
    switch state {
    case .waiting:
      if age >= context.limits.handshakeTimeout {
        context.refusals.add(.handshakeTimeout)
        close(ConnectionLife.handshakeReason(isEstablished: channel.isEstablished))
      }
    case .lingering:
      if age >= context.limits.lingerTime { close("the peer does not close") }
    case .over:
      break
    }
  }

  func close(_ reason: String) {
    guard state != .over else { return }
    state = .over
    channel.close()
    output.drop()
    context.forget(self)
    context.counters.closed.add(1)
    onClose(peer, closeReason.isEmpty ? reason : closeReason, totals)
  }

  private func match(_ bytes: RawSpan) throws(ChannelError) {
    if channel.agreedProtocol == .http1 {
      var begun: [UInt8] = []
      begun.append(rawBytes: bytes)
      return speakHTTP1(begun)
    }
    let before = preface.count
    switch preface.match(bytes) {
    case .incomplete: break
    case .complete(let count): handOver(bytes.extracting(count..<bytes.byteCount))
    case .foreign(.http1) where channel.agreedProtocol != .http2:
      // What looked like the preface so far began a method: PUT, POST, PATCH.
      var begun = Array(ClientPreface.bytes[..<preface.count])
      begun.append(
        rawBytes: bytes.extracting(preface.count - before..<bytes.byteCount))
      speakHTTP1(begun)
    case .foreign(let guess): try refuse(guess)
    }
  }

  private func speakHTTP1(_ bytes: [UInt8]) {
    state = .over
    let connection = HTTP1Connection(self, onClose: onClose)
    // Only now, as below.
    context.forget(self)
    connection.start(bytes)
  }

  private func handOver(_ rest: RawSpan) {
    let connection: Connection
    do {
      connection = try Connection(.server, in: context, preface: preface)
    } catch {
      return close(error.description)
    }
    state = .over
    connection.onClose = { [onClose, peer] reason, totals in onClose(peer, reason, totals) }
    connection.takeOver(self)
    // Only now: without this order listeners of other loops would see no connection that can make
    // room.
    context.forget(self)
    connection.feed(rest)
    connection.readPendingInput()
  }

  /// Answers in the protocol that the peer seems to speak, and ends.
  private func refuse(_ guess: HTTP2Error.PeerGuess) throws(ChannelError) {
    context.tell(.refused(peer: peer, .badPreface))
    closeReason = HTTP2Error.badPreface(guess).description
    state = .lingering
    since = context.loop.now
    countWritten(try output.write(ForeignProtocolReply.bytes(to: guess), to: channel))
    try output.end(channel)
  }

  private func countWritten(_ count: Int) {
    totals.bytesWritten += count
    context.counters.bytesWritten.add(count)
  }
}
