/// Forwards calls to another server, as they are: metadata both ways, messages as bytes, the
/// deadline, cancelling, and the status with its details.
///
///     let server = RPCServer(
///       transports: [listening], services: [health],
///       unregisteredMethods: ForwardingHandler(to: client))
public struct ForwardingHandler: UnregisteredMethodHandler {
  private let client: RPCClient
  private let options: CallOptions

  /// - Parameters:
  ///   - client: makes the calls.
  ///   - options: those of each call; deadline and metadata are the caller's.
  public init(to client: RPCClient, options: CallOptions = CallOptions()) {
    self.client = client
    self.options = options
  }

  public func handle(
    _ requests: RawRequestStream, responses: RawResponseWriter, context: ServerContext
  ) async throws {
    var options = options
    options.deadline = context.deadline
    options.metadata = context.metadata
    try await client.rawStreaming(context.method, options: options) { writer, replies in
      try await withThrowingTaskGroup(of: Void.self) { group in
        // What it throws is, or becomes, the status of one of the two calls.
        group.addTask { try await Self.forward(requests, to: writer) }
        try await Self.forward(replies, to: responses, context)
        group.cancelAll()
      }
    }
  }

  private static func forward(
    _ requests: RawRequestStream, to writer: RawRequestWriter
  ) async throws {
    for try await request in requests { try await writer.write(request) }
    await writer.finish()
  }

  /// An error has the trailers of its call; those of a success are set here.
  private static func forward(
    _ replies: RawResponseStream, to responses: RawResponseWriter, _ context: ServerContext
  ) async throws {
    await context.setInitialMetadata(try await replies.initialMetadata())
    await context.sendInitialMetadata()
    for try await reply in replies { try await responses.write(reply) }
    if let metadata = await replies.trailingMetadata() {
      await context.setTrailingMetadata(metadata)
    }
  }
}
