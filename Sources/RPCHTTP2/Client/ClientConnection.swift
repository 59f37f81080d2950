import EventLoop
import HTTP2
import RPC
import Wire

/// A client's one connection, from before it has a socket until after its end.
///
/// `@unchecked Sendable`: after its creation it belongs to the loop's thread.
final class ClientConnection: @unchecked Sendable {
  private let target: String
  let context: ConnectionContext
  @safe @exclusivity(unchecked) private var connection: Connection?
  private var connector: SocketConnector?
  /// Why there is no connection any more.
  @safe @exclusivity(unchecked) private var ended: String?
  @safe @exclusivity(unchecked) private var wantsShutdown = false
  private var done: ((Result<Void, any Error>) -> Void)?
  /// Calls beyond the streams that the server allows at once, and all before it has said how many.
  @safe @exclusivity(unchecked) private var waiting = WaitingStreams()
  private var isTurnScheduled = false
  private var connectTimeout = Duration.zero
  /// Whether the server has ever answered.
  private(set) var wasReady = false
  /// Called once, when the server has answered with its SETTINGS.
  var onReady: (() -> Void)?
  /// Called when it takes no more streams while it is still open; it may be called more than once.
  var onGoAway: (() -> Void)?
  /// Called once, with the reason, when there is no connection any more.
  var onEnd: ((String) -> Void)?
  /// Takes streams that waited for their turn here and do not get it any more, although the server
  /// had been reached; without it they are refused.
  var onLeft: (([WaitingStream]) -> Void)?

  init(target: String, context: ConnectionContext) {
    self.target = target
    self.context = context
  }

  /// Why no stream gets to the server any more; nil when that is not known.
  var failure: String? {
    ended ?? connection.flatMap { $0.closeReason.isEmpty ? nil : $0.closeReason }
  }

  /// The windows of the connection; nil before there is one.
  var flow: ConnectionFlow? { connection?.flow }

  /// Whether a stream that is opened now may get to the server.
  var takesStreams: Bool {
    guard ended == nil, !wantsShutdown else { return false }
    guard let connection else { return true }
    return connection.life.takesCalls && connection.session.canOpenStream
  }

  /// Streams of the channel itself, which are no calls.
  var ownStreams = 0
  /// Calls in progress.
  var calls: Int { (connection?.life.calls ?? 0) - ownStreams }

  /// When the last call ended, or the connection began.
  var lastCallEnded: MonotonicTime {
    connection?.life.idleSince ?? MonotonicTime(nanoseconds: .min)
  }

  /// Tries the addresses in order; `done` is called when the connection is over.
  ///
  /// - Parameter connectTimeout: of each address; nil: as long as a handshake may take.
  func run(
    _ addresses: [SocketAddress], connectTimeout: Duration? = nil,
    _ done: @escaping (Result<Void, any Error>) -> Void
  ) {
    self.done = done
    self.connectTimeout = connectTimeout ?? context.limits.handshakeTimeout
    connect(addresses[...], "no address")
  }

  func openStream(
    _ head: HeaderFields, endStream: Bool, _ receiver: any StreamReceiver
  ) -> any TransportStream {
    guard ended == nil, let connection = current() else { return refused(receiver) }
    if waiting.isEmpty, hasRoom(connection) || !takesStreams {
      return open(head, endStream: endStream, receiver)
    }
    let stream = WaitingStream(context, target, head, endStream: endStream, receiver)
    wait(stream)
    return stream
  }

  /// Opens a stream that has waited on another connection.
  func wait(_ stream: WaitingStream) {
    guard ended == nil, let connection = current() else { return stream.fail(.unprocessed) }
    waiting.append(stream)
    connection.onRoom = { [weak self] in self?.scheduleTurn() }
    scheduleTurn()
  }

  private func hasRoom(_ connection: Connection) -> Bool {
    connection.life.hasSettings && connection.session.hasRoomForStream
  }

  private func open(
    _ head: HeaderFields, endStream: Bool, _ receiver: any StreamReceiver
  ) -> any TransportStream {
    if ended == nil, let connection,
      let stream = connection.session.openStream(head, endStream: endStream)
    {
      let new = connection.beginCall(on: stream)
      new.receiver = receiver
      connection.requestFlush()
      return new
    }
    return refused(receiver)
  }

  /// Gives the streams that wait their turn, in the next turn of the loop.
  private func scheduleTurn() {
    guard !isTurnScheduled else { return }
    isTurnScheduled = true
    context.loop.schedule(after: .zero) { [self] in
      isTurnScheduled = false
      giveTurns()
    }
  }

  private func giveTurns() {
    guard let connection, ended == nil else { return leave() }
    guard connection.life.takesCalls, connection.session.canOpenStream else { return leave() }
    var hasBegun = false
    while hasRoom(connection), let next = waiting.next() {
      next.begin { open($0, endStream: $1, $2) }
      hasBegun = true
    }
    guard waiting.isEmpty else { return }
    connection.onRoom = nil
    guard wantsShutdown else { return }
    // GOAWAY would overtake the requests that begin in this turn.
    if hasBegun { scheduleTurn() } else { connection.beginGracefulShutdown() }
  }

  /// No stream that waits gets its turn here.
  private func leave() {
    connection?.onRoom = nil
    let left = waiting.takeAll()
    if left.isEmpty { return }
    if let ended, !wasReady || onLeft == nil {
      for stream in left { stream.fail(.connectionLost("\(target): \(ended)")) }
    } else if let onLeft {
      onLeft(left)
    } else {
      for stream in left { stream.fail(.unprocessed) }
    }
  }

  func beginGracefulShutdown() {
    wantsShutdown = true
    let hasCalls = (connection?.life.calls ?? 0) > 0 || !waiting.isEmpty
    guard let connection, connection.life.phase != .connecting || hasCalls else {
      end("shut down")
      return
    }
    // Those that wait are calls in flight, too.
    if waiting.isEmpty { connection.beginGracefulShutdown() }
  }

  /// Ends everything at once.
  func end(_ reason: String) {
    guard ended == nil else { return }
    if let connection, connection.life.phase != .closed {
      connection.close(reason)
    } else {
      finish(reason)
    }
    connector?.cancel()
    connector = nil
  }

  /// Fails the streams that wait; those that come later may wait again.
  func failWaiting(_ reason: String) {
    for stream in waiting.takeAll() { stream.fail(.connectionLost("\(target): \(reason)")) }
  }

  /// The task that runs the connection was cancelled.
  func cancel() {
    wantsShutdown = true
    end("cancelled")
  }

  private func connect(_ addresses: ArraySlice<SocketAddress>, _ lastError: String) {
    guard ended == nil else { return finish(ended ?? "") }
    guard let address = addresses.first else { return end(lastError) }
    connector = SocketConnector(address, on: context.loop, timeout: connectTimeout) { result in
      self.connector = nil
      switch result {
      case .failure(let error): self.connect(addresses.dropFirst(), error.description)
      case .success(let socket):
        do throws(ChannelError) {
          self.connected(try self.context.makeChannel(socket))
        } catch {
          self.end(error.description)
        }
      }
    }
  }

  /// The channel to the server has come about; its handshake may be still to come.
  func connected(_ channel: any ByteChannel) {
    guard ended == nil, let connection = current() else { return finish(ended ?? "no memory") }
    do {
      try connection.open(channel)
      if wantsShutdown { connection.beginGracefulShutdown() }
    } catch {
      connection.close(error.description)
    }
  }

  /// The connection, made when it is first needed.
  private func current() -> Connection? {
    if connection == nil, ended == nil {
      connection = try? Connection(.client, in: context)
      connection?.onClose = { [weak self] reason, _ in self?.finish(reason) }
      connection?.onReady = { [weak self] in self?.ready() }
      connection?.onGoAway = { [weak self] in self?.onGoAway?() }
    }
    return connection
  }

  private func ready() {
    wasReady = true
    onReady?()
    onReady = nil
  }

  private func finish(_ reason: String) {
    ended = ended ?? reason
    leave()
    connection = nil
    onReady = nil
    onGoAway = nil
    let (done, onEnd) = (self.done, self.onEnd)
    self.done = nil
    self.onEnd = nil
    onEnd?(reason)
    if wantsShutdown {
      done?(.success(()))
    } else {
      done?(.failure(ClientTransportError(target: target, reason: reason)))
    }
  }

  /// A stream that is closed in the next turn.
  private func refused(_ receiver: any StreamReceiver) -> any TransportStream {
    guard let connection = try? connection ?? Connection(.client, in: context) else {
      return ClosedStream(context, target, receiver, .connectionLost("no memory"))
    }
    let reason = ended.map { StreamCloseReason.connectionLost("\(target): \($0)") }
    return ClosedStream(context, connection.peer, receiver, reason ?? .unprocessed)
  }
}
