public import Protobuf

/// The messages of a server's stream, in order; iterate once.
///
/// Ends when the server ended the call with OK, and throws its status otherwise. A caller that
/// does not read holds the server back.
public struct ResponseStream<Element: Message>: AsyncSequence, Sendable {
  @usableFromInline let call: ClientCall

  @inlinable
  init(_ call: ClientCall) { self.call = call }

  @inlinable
  public func makeAsyncIterator() -> Iterator { Iterator(call) }

  /// The metadata that came before the first message; waits for it.
  public func initialMetadata() async throws -> Metadata { try await call.awaitInitialMetadata() }

  /// The metadata that came with the status; nil before the end.
  @concurrent
  public func trailingMetadata() async -> Metadata? {
    await call.executor.run { call.trailingMetadata }
  }

  public struct Iterator: AsyncIteratorProtocol, Sendable {
    @usableFromInline let call: ClientCall

    @inlinable
    init(_ call: ClientCall) { self.call = call }

    @inlinable
    public mutating func next() async throws -> Element? { try await call.next(Element.self) }

    /// The same for `for await`, without a step of the task for a message that is there already.
    @inlinable
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws -> Element? { try await call.next(Element.self) }
  }
}
