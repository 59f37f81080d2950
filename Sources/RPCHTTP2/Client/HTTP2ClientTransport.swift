public import EventLoop
import HTTP2
public import RPC
public import Wire

/// One HTTP/2 connection to one server, cleartext with prior knowledge. When it is over, so is the
/// transport: `HTTP2Channel` makes another one.
///
/// Streams may be opened before it is connected and wait for it.
public final class HTTP2ClientTransport: ClientTransport {
  private let target: String
  private let loop: EventLoop
  let connection: ClientConnection

  /// - Parameter target: `HOST:PORT`, `[IPV6]:PORT`, or `unix:PATH`; names are resolved by `run`.
  public init(target: String, loop: EventLoop, limits: ConnectionLimits = ConnectionLimits()) {
    self.target = target
    self.loop = loop
    connection = ClientConnection(
      target: target, context: ConnectionContext(loop: loop, limits: limits))
  }

  public convenience init(
    address: SocketAddress, loop: EventLoop, limits: ConnectionLimits = ConnectionLimits()
  ) {
    self.init(target: address.description, loop: loop, limits: limits)
  }

  public var executor: any CallExecutor { loop }

  /// Connects and runs the connection.
  ///
  /// Returns after `beginGracefulShutdown` and the end of the last stream, or when the surrounding
  /// task is cancelled, which ends all streams.
  ///
  /// - Throws: `ClientTransportError` or `HostResolver.Failure` when it cannot connect, or loses
  ///   the connection without having been shut down.
  public func run() async throws {
    do {
      let addresses = try await HostResolver.addresses(of: target)
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { done in
          loop.execute { [connection] in
            connection.run(addresses) { done.resume(with: $0) }
          }
        }
      } onCancel: {
        loop.execute { [connection] in connection.cancel() }
      }
    } catch {
      // Streams that waited for the connection are told.
      let reason = "\(error)"
      loop.execute { [connection] in connection.end(reason) }
      throw error
    }
  }

  public func beginGracefulShutdown() {
    loop.execute { [connection] in connection.beginGracefulShutdown() }
  }

  public func openStream(
    head: HeaderFields, endStream: Bool, receiver: any StreamReceiver
  ) -> any TransportStream {
    assert(loop.isCurrent, "openStream called off the loop")
    return connection.openStream(head, endStream: endStream, receiver)
  }
}

/// The reason for which a client's connection could not be made, or ended.
public struct ClientTransportError: Error, CustomStringConvertible {
  public let target: String
  public let reason: String

  /// `127.0.0.1:50051: connect: Connection refused`
  public var description: String { "\(target): \(reason)" }
}
