public import Protobuf

/// A message with its frame, encoded once to be sent on any number of streams.
public struct EncodedMessage<Element: Message>: Sendable {
  @usableFromInline let frame: [UInt8]

  @inlinable
  public init(_ message: Element) {
    frame = MessageFrame.encode(message)
  }

  /// With the frame.
  public var byteCount: Int { frame.count }
}
