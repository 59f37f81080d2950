/// What a handler knows of its call besides the messages.
///
/// A handle: copying it costs nothing. Not to be kept once the handler has returned, since it keeps
/// the stream's place among the streams of its connection.
public struct ServerContext: Sendable {
  let call: ServerCall

  @usableFromInline
  init(_ call: ServerCall) { self.call = call }

  public var method: MethodDescriptor { call.method.descriptor }

  /// The other side of the connection: `ipv4:127.0.0.1:4711`, `ipv6:[::1]:4711`, `unix:`.
  public var peer: String { call.peer }

  /// Owns the call: its handler runs there.
  public var executor: any CallExecutor { call.executor }

  /// The client's metadata.
  public var metadata: Metadata { Metadata(received: call.head) }

  /// When the client stops waiting; nil when it does not say. The handler's task is cancelled then.
  public var deadline: ContinuousClock.Instant? { call.deadline }

  /// Time left until the deadline, negative when it has passed; nil without one.
  public var remainingTime: Duration? {
    call.deadline.map { $0 - call.executor.currentInstant }
  }

  /// Metadata for the client, sent before the first message; without effect after that.
  @concurrent
  public func setInitialMetadata(_ metadata: Metadata) async {
    await call.executor.run { call.initialMetadata = metadata }
  }

  /// Metadata for the client, sent with the status, whatever it is.
  @concurrent
  public func setTrailingMetadata(_ metadata: Metadata) async {
    await call.executor.run { call.trailingMetadata = metadata }
  }
}
