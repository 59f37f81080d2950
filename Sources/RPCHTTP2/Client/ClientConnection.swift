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
  private var connection: Connection?
  private var connector: SocketConnector?
  /// Why there is no connection any more.
  private var ended: String?
  private var wantsShutdown = false
  private var done: ((Result<Void, any Error>) -> Void)?
  /// Whether the server has ever answered.
  private(set) var wasReady = false
  /// Called once, when the server has answered with its SETTINGS.
  var onReady: (() -> Void)?
  /// Called once, with the reason, when there is no connection any more.
  var onEnd: ((String) -> Void)?

  init(target: String, context: ConnectionContext) {
    self.target = target
    self.context = context
  }

  /// Why no stream gets to the server any more; nil when that is not known.
  var failure: String? {
    ended ?? connection.flatMap { $0.closeReason.isEmpty ? nil : $0.closeReason }
  }

  /// Whether a stream that is opened now may get to the server.
  var takesStreams: Bool {
    guard ended == nil, !wantsShutdown else { return false }
    guard let connection else { return true }
    return connection.life.takesCalls && connection.session.canOpenStream
  }

  /// Tries the addresses in order; `done` is called when the connection is over.
  func run(_ addresses: [SocketAddress], _ done: @escaping (Result<Void, any Error>) -> Void) {
    self.done = done
    connect(addresses[...], "no address")
  }

  func openStream(
    _ head: HeaderFields, endStream: Bool, _ receiver: any StreamReceiver
  ) -> any TransportStream {
    let connection = current()
    if ended == nil,
      let stream = connection?.session.openStream(head, endStream: endStream)
    {
      let new = connection?.attach(stream)
      new?.receiver = receiver
      connection?.requestFlush()
      if let new { return new }
    }
    return refused(receiver)
  }

  func beginGracefulShutdown() {
    wantsShutdown = true
    guard let connection, connection.life.phase != .connecting || !connection.streams.isEmpty else {
      end("shut down")
      return
    }
    connection.beginGracefulShutdown()
  }

  /// Ends everything at once.
  func end(_ reason: String) {
    guard ended == nil else { return }
    if let connection, connection.life.phase != .closed {
      connection.close(reason)
    } else {
      finish(reason)
    }
  }

  /// The task that runs the connection was cancelled.
  func cancel() {
    wantsShutdown = true
    end("cancelled")
  }

  private func connect(_ addresses: ArraySlice<SocketAddress>, _ lastError: String) {
    guard ended == nil else { return finish(ended ?? "") }
    guard let address = addresses.first else { return end(lastError) }
    let timeout = context.limits.handshakeTimeout
    connector = SocketConnector(address, on: context.loop, timeout: timeout) { result in
      self.connector = nil
      switch result {
      case .failure(let error): self.connect(addresses.dropFirst(), error.description)
      case .success(let socket):
        self.connected(SocketChannel(socket, keepAlive: self.context.limits.tcpKeepAlive))
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
    connection = nil
    onReady = nil
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
