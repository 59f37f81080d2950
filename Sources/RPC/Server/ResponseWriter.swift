public import Protobuf

/// Sends the messages of a server's stream.
public struct ResponseWriter<Element: Message>: Sendable {
  @usableFromInline let call: ServerCall

  @inlinable
  init(_ call: ServerCall) { self.call = call }

  /// Sends a message. Waits while more bytes are queued than the stream's watermark: a client that
  /// does not read holds its handler back.
  ///
  /// - Parameters:
  ///   - message: the message.
  ///   - isCompressed: whether it may be in the encoding of the response; one that holds a secret
  ///     beside what a stranger wrote should not be (CRIME, BREACH).
  /// - Throws: `RPCError` when the call is over, `CancellationError` when the task is cancelled.
  @inlinable
  public func write(_ message: Element, isCompressed: Bool = true) async throws {
    try await call.write(call.frame(message), isEncoded: isCompressed)
  }

  /// Sends a message, but not when others still wait to be taken: for one that only shows that the
  /// call lives. On the call's executor. Without effect when the call is over.
  public func sendIfIdle(_ message: EncodedMessage<Element>) {
    if call.stream.queuedBytes == 0 { call.send(message) }
  }
}
