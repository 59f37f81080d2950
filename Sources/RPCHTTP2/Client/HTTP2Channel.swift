public import EventLoop
import HTTP2
public import RPC
public import Wire

/// Something that has happened to a channel; for logs.
public enum ChannelEvent: Sendable, Equatable {
  /// The server has answered with its SETTINGS.
  case connected
  /// An attempt to connect failed; the next one is not made before `retryAfter` has passed.
  case failed(reason: String, retryAfter: Duration)
  /// A working connection has ended, whichever side ended it; the next call makes another one.
  case ended(reason: String)
}

/// Calls to one server for as long as the program likes: connects when a call needs it, and again
/// after the server went away.
///
/// A call waits for an attempt to connect that is under way; when that fails, it gets UNAVAILABLE,
/// and so do all until the next attempt may be made. After GOAWAY new calls go to a new connection,
/// while the calls in flight finish on the old one. Names are looked up for every attempt.
///
/// ```swift
/// let loop = try EventLoop(name: "calls")
/// let client = RPCClient(transport: HTTP2Channel(target: target, loop: loop))
/// async let running: Void = client.run()
/// let answer = try await EchoClient(client).say(Everything())
/// client.beginGracefulShutdown()
/// try await running
/// await loop.shutdown()
/// ```
///
/// `RPCClient` calls `run`, `openStream` and `beginGracefulShutdown`: `openStream` on the loop, the
/// others on any thread.
///
/// Source: grpc/doc/connectivity-semantics-and-api.md, connection-backoff.md.
public final class HTTP2Channel: ClientTransport {
  private let target: String
  private let loop: EventLoop
  private let core: ChannelCore

  /// - Parameters:
  ///   - target: `HOST:PORT`, `[IPV6]:PORT`, or `unix:PATH`.
  ///   - backoff: between attempts that failed.
  ///   - onEvent: called on the loop; must be cheap.
  public init(
    target: String, loop: EventLoop, limits: ConnectionLimits = ConnectionLimits(),
    backoff: Backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(10)),
    onEvent: @escaping @Sendable (ChannelEvent) -> Void = { _ in }
  ) {
    self.target = target
    self.loop = loop
    core = ChannelCore(
      target: target, context: ConnectionContext(loop: loop, limits: limits), backoff: backoff,
      onEvent: onEvent)
  }

  public var executor: any CallExecutor { loop }

  /// The channel at this moment; any thread. The loop is asked in its turn; not to be called once
  /// it is shut down.
  public func info() async -> ChannelInfo {
    await withCheckedContinuation { answer in
      loop.execute { [core] in answer.resume(returning: core.info) }
    }
  }

  /// One of its connections, by its `ConnectionInfo.id`; nil when it is gone. As `info`.
  public func liveConnection(_ id: Int) async -> ConnectionDetails? {
    await withCheckedContinuation { answer in
      loop.execute { [core] in answer.resume(returning: core.details(of: id)) }
    }
  }

  /// Makes the connections that calls need, until `beginGracefulShutdown` and the end of the last
  /// call, or until the surrounding task is cancelled, which ends all calls. Called once.
  public func run() async throws {
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        while let connection = await nextConnection() {
          group.addTask { await self.run(connection) }
        }
      }
    } onCancel: {
      loop.execute { [core] in core.cancel() }
    }
  }

  public func beginGracefulShutdown() {
    loop.execute { [core] in core.beginGracefulShutdown() }
  }

  public func openStream(
    head: HeaderFields, endStream: Bool, receiver: any StreamReceiver
  ) -> any TransportStream {
    assert(loop.isCurrent, "openStream called off the loop")
    return core.openStream(head, endStream: endStream, receiver)
  }

  private func nextConnection() async -> ClientConnection? {
    await withCheckedContinuation { next in
      loop.execute { [core] in core.nextConnection(next) }
    }
  }

  /// Returns when the connection is over.
  private func run(_ connection: ClientConnection) async {
    do {
      let addresses = try await HostResolver.addresses(of: target)
      await withCheckedContinuation { done in
        loop.execute { connection.run(addresses) { _ in done.resume() } }
      }
    } catch {
      let reason = "\(error)"
      loop.execute { connection.end(reason) }
    }
  }
}
