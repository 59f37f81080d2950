import EventLoop
import HTTP2

/// A server's connection from its acceptance until the client's preface is complete: a socket and a
/// few bytes, nothing of HTTP/2. A `Connection` takes over then.
///
/// Confined to the context's loop.
final class SilentConnection: EventHandler {
  enum State {
    /// For the preface.
    case waiting
    /// The peer speaks something else and has been told: waits for it to end its half.
    case lingering
    /// Closed, or taken over.
    case over
  }

  private let context: ConnectionContext
  private let socket: Socket
  let peer: String
  private(set) var state = State.waiting
  /// When that began.
  private(set) var since: MonotonicTime
  private var preface = ClientPreface()
  private var closeReason = ""
  /// Called once, when the connection is closed, be it by who has taken it over.
  private let onClose: (_ peer: String, _ reason: String) -> Void
  /// Its place in the context's list.
  var index = 0

  /// Takes a connected socket and waits for its peer to speak.
  init(
    _ socket: Socket, in context: ConnectionContext,
    onClose: @escaping (_ peer: String, _ reason: String) -> Void
  ) throws(SystemError) {
    self.context = context
    self.socket = socket
    self.onClose = onClose
    peer = socket.peerAddress?.peerDescription ?? "unknown"
    since = context.loop.now
    socket.keepAlive(context.limits.keepAlive)
    try context.loop.add(socket.descriptor, .readable, handler: self)
    context.adopt(self)
  }

  func ready(_ events: Readiness) {
    context.prepareInput()
    var input: [UInt8] = []
    swap(&input, &context.input)
    defer { swap(&input, &context.input) }
    do {
      switch try socket.read(into: &input) {
      case .wouldBlock: break
      case .end: close("the peer closed the connection")
      case .bytes(let count): if state == .waiting { match(input.rawBytes(first: count)) }
      }
    } catch {
      close(error.description)
    }
  }

  /// Once per tick of the context.
  func checkTimeouts() {
    let age = context.loop.now - since
    switch state {
    case .waiting:
      if age >= context.limits.handshakeTimeout { close("no HTTP/2 preface and SETTINGS in time") }
    case .lingering:
      if age >= context.limits.lingerTime { close("the peer does not close") }
    case .over:
      break
    }
  }

  func close(_ reason: String) {
    guard state != .over else { return }
    state = .over
    context.loop.remove(socket.descriptor)
    socket.close()
    context.forget(self)
    onClose(peer, closeReason.isEmpty ? reason : closeReason)
  }

  private func match(_ bytes: RawSpan) {
    switch preface.match(bytes) {
    case .incomplete: break
    case .complete(let count): handOver(bytes.extracting(count..<bytes.byteCount))
    case .foreign(let guess): refuse(guess)
    }
  }

  private func handOver(_ rest: RawSpan) {
    let connection: Connection
    do {
      connection = try Connection(.server, in: context, preface: preface)
    } catch {
      return close(error.description)
    }
    state = .over
    connection.onClose = { [onClose, peer] reason in onClose(peer, reason) }
    connection.takeOver(socket, peer: peer, since: since)
    // Not before: listeners of other loops would see none that can make room.
    context.forget(self)
    connection.feed(rest)
  }

  /// Answers in what the peer seems to speak, and ends.
  private func refuse(_ guess: HTTP2Error.PeerGuess) {
    context.observer?.connectionEvent(.refused(peer: peer, .badPreface))
    do {
      // A socket that nothing was written to takes as little as this.
      _ = try socket.write(ForeignProtocolReply.bytes(to: guess))
    } catch {
      return close(error.description)
    }
    closeReason = HTTP2Error.badPreface(guess).description
    state = .lingering
    since = context.loop.now
    socket.shutdownWrite()
  }
}
