public import Protobuf

/// One packed detail of an error: a `google.protobuf.Any`, usually of a `google.rpc` message.
public struct ErrorDetail: Sendable, Hashable {
  /// `type.googleapis.com/google.rpc.ErrorInfo`.
  public var typeURL: String
  /// The message in its wire form.
  public var value: [UInt8]

  public init(typeURL: String, value: [UInt8]) {
    self.typeURL = typeURL
    self.value = value
  }

  /// Packs a message.
  public init<M: Message>(_ message: M) {
    self.init(typeURL: "type.googleapis.com/" + M.fullName, value: message.serialized())
  }

  /// The message, or nil when the detail is of another type.
  public func unpacked<M: Message>(as type: M.Type) throws(DecodingError) -> M? {
    guard typeURL.hasSuffix("/" + M.fullName) else { return nil }
    return try M(serialized: value)
  }
}
