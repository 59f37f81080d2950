public import Protobuf

/// Sends the messages of a client's stream.
public struct RequestWriter<Element: Message>: Sendable {
  @usableFromInline let call: ClientCall

  @inlinable
  init(_ call: ClientCall) { self.call = call }

  /// Sends a message. Waits while more bytes are queued than the stream's watermark.
  ///
  /// - Parameters:
  ///   - message: the message.
  ///   - isCompressed: whether it may be in the encoding of the request.
  /// - Throws: the call's status when it is over; the call itself then ends with that status.
  @inlinable
  public func write(_ message: Element, isCompressed: Bool = true) async throws {
    try await call.write(MessageFrame.encode(message), isEncoded: isCompressed)
  }

  /// Tells the server that no more messages come, before the closure that writes them returns.
  @inlinable
  public func finish() async { await call.finishWriting() }
}
