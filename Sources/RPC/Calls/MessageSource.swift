public import Protobuf

/// One end of a call as far as messages come to it: a server's requests, a client's responses.
///
/// Its members are used on `executor`'s thread.
@usableFromInline
protocol MessageSource: AnyObject, Sendable {
  nonisolated var executor: any CallExecutor { get }
  /// Of the messages that come.
  nonisolated var decodingLimits: DecodingLimits { get }

  /// Takes the next message if it is there.
  ///
  /// - Throws: the status of a call that has ended, and the error of `decode` as a status.
  func pollMessage(_ decode: (RawSpan) throws -> Void) throws -> MessagePoll

  /// A message from its bytes, in the codec of the call.
  func decode<Element: Message>(_ type: Element.Type, _ bytes: RawSpan) throws -> Element

  /// Returns when `pollMessage` may find something else, or the task is cancelled.
  func waitForMessage() async

  /// Decodes a message that `pollMessage` gave out as it came.
  ///
  /// - Throws: as `pollMessage` does.
  func decodeElsewhere(_ bytes: [UInt8]) async throws -> [UInt8]

  /// Lends what `decodeElsewhere` returned to `decode`.
  ///
  /// - Throws: as `pollMessage` does.
  func takeDecoded(_ message: [UInt8], _ decode: (RawSpan) throws -> Void) throws
}

/// The outcome of a look for the next message.
@usableFromInline
enum MessagePoll {
  case message, end, nothingYet
  /// A message as it came, too large to be decoded on the loop: `decodeElsewhere`.
  case encoded([UInt8])
}

extension MessageSource {
  @inlinable
  func decode<Element: Message>(_ type: Element.Type, _ bytes: RawSpan) throws -> Element {
    try Element(serialized: bytes, limits: decodingLimits)
  }

  /// The next message, once it is there; nil at the end. Any thread.
  @inlinable
  func next<Element: Message>(_ type: Element.Type) async throws -> Element? {
    var encoded: [UInt8]?
    // On the executor a message that is there already takes no step of the task, and one that is
    // not takes one.
    while executor.isCurrent, encoded == nil {
      var message: Element?
      switch try pollMessage({ message = try decode(type, $0) }) {
      case .message: return message
      case .end: return nil
      case .encoded(let bytes): encoded = bytes
      case .nothingYet: await waitForMessage()
      }
    }
    return try await executor.run { [encoded] in try await self.nextConfined(type, encoded) }
  }

  /// - Parameter encoded: what `pollMessage` gave out before.
  @inlinable
  func nextConfined<Element: Message>(
    _ type: Element.Type, _ encoded: [UInt8]?
  ) async throws -> Element? {
    var message: Element?
    if let encoded {
      let decoded = try await decodeElsewhere(encoded)
      try takeDecoded(decoded) { message = try decode(type, $0) }
      return message
    }
    while true {
      switch try pollMessage({ message = try decode(type, $0) }) {
      case .message: return message
      case .end: return nil
      case .nothingYet: await waitForMessage()
      case .encoded(let bytes):
        let decoded = try await decodeElsewhere(bytes)
        try takeDecoded(decoded) { message = try decode(type, $0) }
        return message
      }
    }
  }
}
