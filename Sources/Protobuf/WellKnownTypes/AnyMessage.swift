extension AnyMessage {
  /// Holds a message, under the type URL `type.googleapis.com/pkg.Name`.
  public init<M: Message>(packing message: M) {
    self.init()
    typeUrl = "type.googleapis.com/" + M.fullName
    value = message.serialized()
  }

  /// Whether the message held is an `M`.
  public func holds<M: Message>(_ type: M.Type) -> Bool {
    guard let slash = typeUrl.lastIndex(of: "/") else { return false }
    return typeUrl[typeUrl.index(after: slash)...] == M.fullName
  }

  /// The message held; nil if it is not an `M`.
  public func unpack<M: Message>(as type: M.Type) throws(DecodingError) -> M? {
    guard holds(type) else { return nil }
    return try M(serialized: value)
  }
}
