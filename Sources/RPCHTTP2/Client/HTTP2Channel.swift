public import EventLoop
import HTTP2
public import RPC
public import Wire

/// Something that has happened to a channel; for logs.
public enum ChannelEvent: Sendable, Equatable {
  /// A server has answered with its SETTINGS.
  case connected
  /// An attempt to connect to an address failed, or to look the name up; the next one does not
  /// begin before `retryAfter` has passed since this one began.
  case failed(reason: String, retryAfter: Duration)
  /// A working connection has ended, whichever side ended it.
  case ended(reason: String)
  /// A server says that it is not well, or does not say how it is: it gets no calls.
  case unhealthy(reason: String)
  /// A server has no health service, and counts as healthy.
  case healthUnchecked(address: String)
}

/// Calls to one server, or to several that serve the same, for as long as the program likes:
/// connects when a call needs it, and again after a server went away.
///
/// A call waits while the channel connects. When every address has failed, calls get UNAVAILABLE
/// with the last reason until one can be reached again; the channel goes on trying by itself. With
/// `CallOptions.waitForReady` a call waits all that time. After GOAWAY new calls go to a new
/// connection, while the calls in flight finish on the old one. Names are looked up again when a
/// connection is lost or cannot be made.
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
/// Source: grpc/doc/connectivity-semantics-and-api.md, connection-backoff.md, naming.md.
public final class HTTP2Channel: ClientTransport {
  private let loop: EventLoop
  let core: ChannelCore
  private let resolver: (any NameResolver)?
  public let authority: String
  public let scheme: String

  /// - Parameters:
  ///   - target: as `ChannelTarget` reads it; calls to a malformed one fail with UNAVAILABLE.
  ///   - limits: `keepAlive.time` counts as 10 s when it is less, as gRFC A8 asks for.
  ///   - onEvent: called on the loop; must be cheap.
  public convenience init(
    target: String, loop: EventLoop, limits: ConnectionLimits = ConnectionLimits(),
    options: ChannelOptions = ChannelOptions(),
    onEvent: @escaping @Sendable (ChannelEvent) -> Void = { _ in }
  ) {
    self.init(
      TargetPlace(target, options.resolver), loop, limits.forClients, options, onEvent)
  }

  /// The same for a target that has been read.
  public convenience init(
    target: ChannelTarget, loop: EventLoop, limits: ConnectionLimits = ConnectionLimits(),
    options: ChannelOptions = ChannelOptions(),
    onEvent: @escaping @Sendable (ChannelEvent) -> Void = { _ in }
  ) {
    self.init(
      TargetPlace(target, options.resolver), loop, limits.forClients, options, onEvent)
  }

  init(
    _ target: TargetPlace, _ loop: EventLoop, _ limits: ConnectionLimits,
    _ options: ChannelOptions, _ onEvent: @escaping @Sendable (ChannelEvent) -> Void
  ) {
    self.loop = loop
    if case .resolver(let resolver) = target.kind {
      self.resolver = resolver
    } else {
      resolver = nil
    }
    authority = target.authority
    scheme = options.tls == nil ? "http" : "https"
    core = ChannelCore(
      target: target,
      context: ConnectionContext(
        loop: loop, limits: limits, secure: options.tls?.securing(target.authority, on: loop)),
      options: options, onEvent: onEvent)
  }

  public var executor: any CallExecutor { loop }

  /// Makes the connections that calls need, until `beginGracefulShutdown` and the end of the last
  /// call, or until the surrounding task is cancelled, which ends all calls. Called once.
  ///
  /// A call that comes before waits for it for a second.
  public func run() async throws {
    let (requests, request) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    await withTaskCancellationHandler {
      await withTaskGroup { group in
        if let resolver {
          group.addTask { [core, loop] in
            for await _ in requests { await Self.resolve(resolver, core, loop) }
          }
          group.addTask { [core, loop] in
            await resolver.watch { list in
              loop.execute { core.resolved(.success(list), isAnswer: false) }
            }
          }
        }
        await withCheckedContinuation { runner in
          loop.execute { [core] in
            core.begin { request.yield() }
            core.waitForEnd(runner)
          }
        }
        request.finish()
        group.cancelAll()
      }
    } onCancel: {
      loop.execute { [core] in core.cancel() }
    }
  }

  private static func resolve(
    _ resolver: any NameResolver, _ core: ChannelCore, _ loop: EventLoop
  ) async {
    let result: Result<[SocketAddress], any Error>
    do {
      result = .success(try await resolver.resolve())
    } catch {
      result = .failure(error)
    }
    loop.execute { core.resolved(result) }
  }

  public func beginGracefulShutdown() {
    loop.execute { [core] in core.beginGracefulShutdown() }
  }

  public func openStream(
    head: HeaderFields, endStream: Bool, receiver: any StreamReceiver
  ) -> any TransportStream {
    openStream(head: head, endStream: endStream, waitsForReady: false, receiver: receiver)
  }

  public func openStream(
    head: HeaderFields, endStream: Bool, waitsForReady: Bool, receiver: any StreamReceiver
  ) -> any TransportStream {
    assert(loop.isCurrent, "openStream called off the loop")
    return core.openStream(head, endStream: endStream, waitsForReady: waitsForReady, receiver)
  }
}
