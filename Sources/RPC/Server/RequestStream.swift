public import Protobuf

/// The messages of a client's stream, in order; iterate once.
///
/// Messages are decoded as they are taken, and only then may the client send as many bytes more: a
/// handler that does not read holds its client back. Ends when the client has sent all; throws
/// when the call ended otherwise (cancelled, deadline, broken or undecodable message).
public struct RequestStream<Element: Message>: AsyncSequence, Sendable {
  @usableFromInline let call: ServerCall

  @inlinable
  init(_ call: ServerCall) { self.call = call }

  @inlinable
  public func makeAsyncIterator() -> Iterator { Iterator(call) }

  public struct Iterator: AsyncIteratorProtocol, Sendable {
    @usableFromInline let call: ServerCall

    @inlinable
    init(_ call: ServerCall) { self.call = call }

    @inlinable
    public mutating func next() async throws -> Element? { try await call.next(Element.self) }

    /// The same for `for await`, without a step of the task for a message that is there already.
    @inlinable
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws -> Element? { try await call.next(Element.self) }
  }
}
