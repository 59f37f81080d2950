public import EventLoop
import HTTP2
public import RPC
public import TLS
public import Wire

/// One HTTP/2 connection to one server, over TLS or in cleartext with prior knowledge. When it is over, so is the
/// transport: `HTTP2Channel` makes another one.
///
/// Streams may be opened before it is connected and wait for it.
public final class HTTP2ClientTransport: ClientTransport {
  private let place: TargetPlace
  private let loop: EventLoop
  let connection: ClientConnection
  private let watch: RunWatch
  public var authority: String { place.authority }
  public let scheme: String

  /// - Parameters:
  ///   - target: as `ChannelTarget` reads it; names are looked up by `run`, which fails for a
  ///     malformed one. Several addresses are tried in turn.
  ///   - limits: `keepAlive.time` counts as 10 s when it is less, as gRFC A8 asks for.
  ///   - tls: nil for cleartext. The server's certificate must name the host of the target.
  public convenience init(
    target: String, loop: EventLoop, limits: ConnectionLimits = ConnectionLimits(),
    tls: ClientTLS? = nil
  ) {
    self.init(TargetPlace(target, nil), loop, limits.forClients, tls)
  }

  public convenience init(
    address: SocketAddress, loop: EventLoop, limits: ConnectionLimits = ConnectionLimits(),
    tls: ClientTLS? = nil
  ) {
    self.init(TargetPlace(ChannelTarget(address), nil), loop, limits.forClients, tls)
  }

  init(
    _ place: TargetPlace, _ loop: EventLoop, _ limits: ConnectionLimits, _ tls: ClientTLS? = nil
  ) {
    self.place = place
    scheme = tls == nil ? "http" : "https"
    self.loop = loop
    connection = ClientConnection(
      target: place.description,
      context: ConnectionContext(
        loop: loop, limits: limits, secure: tls?.securing(place.authority, on: loop)))
    watch = RunWatch(connection)
  }

  public var executor: any CallExecutor { loop }

  /// Connects and runs the connection.
  ///
  /// Returns after `beginGracefulShutdown` and the end of the last stream, or when the surrounding
  /// task is cancelled, which ends all streams.
  ///
  /// A call that comes before waits for it for a second.
  ///
  /// - Throws: `ClientTransportError`, `HostResolver.Failure` or `ChannelTarget.Malformed` when it
  ///   cannot connect, or loses the connection without having been shut down.
  public func run() async throws {
    loop.execute { [watch] in watch.hasBegun = true }
    do {
      let addresses = try await addresses()
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

  private func addresses() async throws -> [SocketAddress] {
    switch place.kind {
    case .addresses(let addresses): addresses
    case .resolver(let resolver): try await resolver.resolve()
    case .malformed(let fault): throw fault
    }
  }

  public func beginGracefulShutdown() {
    loop.execute { [connection] in connection.beginGracefulShutdown() }
  }

  public func openStream(
    head: HeaderFields, endStream: Bool, receiver: any StreamReceiver
  ) -> any TransportStream {
    assert(loop.isCurrent, "openStream called off the loop")
    if !watch.hasBegun, let reason = watch.refusal() {
      return ClosedStream(
        connection.context, place.description, receiver,
        .connectionLost("\(place.description): \(reason)"))
    }
    return connection.openStream(head, endStream: endStream, receiver)
  }
}

/// Whether a transport runs; what waits longer for that than it should fails. Confined to the loop.
///
/// `@unchecked Sendable`: it belongs to the loop's thread after its creation.
private final class RunWatch: @unchecked Sendable {
  private let connection: ClientConnection
  @safe @exclusivity(unchecked) var hasBegun = false
  private var timer: EventLoop.Timer?
  private var isOverdue = false

  init(_ connection: ClientConnection) { self.connection = connection }

  /// A stream is to be opened before `run` has begun: why it cannot be, if it has waited enough.
  func refusal() -> String? {
    if isOverdue { return ChannelCore.doesNotRun }
    if timer == nil {
      timer = connection.context.loop.schedule(after: ChannelCore.runPatience) { [weak self] in
        guard let self, !hasBegun else { return }
        isOverdue = true
        connection.failWaiting(ChannelCore.doesNotRun)
      }
    }
    return nil
  }
}

/// The reason for which a client's connection could not be made, or ended.
public struct ClientTransportError: Error, CustomStringConvertible {
  public let target: String
  public let reason: String

  /// `127.0.0.1:50051: connect: Connection refused`
  public var description: String { "\(target): \(reason)" }
}
