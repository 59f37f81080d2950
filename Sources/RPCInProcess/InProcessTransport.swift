public import RPC
import Wire

/// Both ends of one connection in memory, with flow control, half-closing and resets like HTTP/2's.
///
/// For tests of services and for embedding a server in its client's process.
public final class InProcessTransport: Sendable {
  private let connection: InProcessConnection

  /// - Parameters:
  ///   - executor: owns the streams of both ends.
  ///   - window: bytes that may be on their way in each direction of a stream.
  ///   - sendHighWatermark: queued bytes above which a writer waits.
  public init(
    executor: any InProcessExecutor, window: Int = 64 << 10, sendHighWatermark: Int = 64 << 10
  ) {
    connection = InProcessConnection(
      executor: executor, window: window, sendHighWatermark: sendHighWatermark)
  }

  /// Give it to an `RPCServer`.
  public var server: any ServerTransport { InProcessServerTransport(connection: connection) }

  /// Give it to an `RPCClient`. Streams opened before the server serves wait for it.
  public var client: any ClientTransport { InProcessClientTransport(connection: connection) }
}

struct InProcessServerTransport: ServerTransport {
  let connection: InProcessConnection

  func run(_ handler: any ServerStreamHandler) async throws {
    let connection = connection
    connection.executor.execute { connection.serve(handler) }
    await connection.waitUntilDone()
  }

  func beginGracefulShutdown() {
    let connection = connection
    connection.executor.execute { connection.drain() }
  }
}

struct InProcessClientTransport: ClientTransport {
  let connection: InProcessConnection

  var executor: any CallExecutor { connection.executor }

  func run() async throws { await connection.waitUntilDone() }

  func beginGracefulShutdown() {
    let connection = connection
    connection.executor.execute { connection.drain() }
  }

  func openStream(
    head: HeaderFields, endStream: Bool, receiver: any StreamReceiver
  ) -> any TransportStream {
    connection.openStream(head: head, endStream: endStream, receiver: receiver)
  }
}
