/// The messages of a stream as their bytes, in order; iterate once. `RequestStream` says when it
/// ends and throws.
public struct RawRequestStream: AsyncSequence, Sendable {
  let call: ServerCall

  public func makeAsyncIterator() -> RawMessageIterator { RawMessageIterator(source: call) }
}

/// Sends the messages of a server's stream as bytes.
public struct RawResponseWriter: Sendable {
  let call: ServerCall

  /// Sends a message; as `ResponseWriter.write`.
  public func write(_ message: [UInt8]) async throws {
    try await call.write(MessageFrame.frame(message), isEncoded: true)
  }
}

/// The messages of a server's stream as their bytes, in order; iterate once. As `ResponseStream`.
public struct RawResponseStream: AsyncSequence, Sendable {
  let call: ClientCall

  public func makeAsyncIterator() -> RawMessageIterator { RawMessageIterator(source: call) }

  /// The metadata that came before the first message; waits for it.
  public func initialMetadata() async throws -> Metadata { try await call.awaitInitialMetadata() }

  /// The metadata that came with the status; nil before the end.
  @concurrent
  public func trailingMetadata() async -> Metadata? {
    await call.executor.run { call.trailingMetadata }
  }
}

/// Sends the messages of a client's stream as bytes.
public struct RawRequestWriter: Sendable {
  let call: ClientCall

  /// Sends a message; as `RequestWriter.write`.
  public func write(_ message: [UInt8]) async throws {
    try await call.write(MessageFrame.frame(message), isEncoded: true)
  }

  /// Tells the server that no more messages come.
  public func finish() async { await call.finishWriting() }
}

public struct RawMessageIterator: AsyncIteratorProtocol, Sendable {
  let source: any MessageSource

  @concurrent
  public mutating func next() async throws -> [UInt8]? { try await source.nextBytes() }
}

extension MessageSource {
  /// The next message as its bytes, once it is there; nil at the end. Any thread.
  @concurrent
  func nextBytes() async throws -> [UInt8]? {
    try await executor.run { try await self.nextBytesConfined() }
  }

  private func nextBytesConfined() async throws -> [UInt8]? {
    var message: [UInt8] = []
    while true {
      switch try pollMessage({ message.append($0) }) {
      case .message: return message
      case .encoded(let bytes): return try await decodeElsewhere(bytes)
      case .end: return nil
      case .nothingYet: await waitForMessage()
      }
    }
  }
}
