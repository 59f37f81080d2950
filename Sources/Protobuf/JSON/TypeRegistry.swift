/// The message types that can be found by the name in an `Any`.
public struct TypeRegistry: Sendable {
  private var types: [String: any Message.Type] = [:]

  /// The well-known types.
  public init() {
    let wellKnown: [any Message.Type] = [
      AnyMessage.self, BoolValue.self, BytesValue.self, DoubleValue.self, Duration_.self,
      Empty.self,
      FieldMask.self, FloatValue.self, Int32Value.self, Int64Value.self, ListValue.self,
      StringValue.self, Struct.self, Timestamp.self, UInt32Value.self, UInt64Value.self, Value.self,
    ]
    for type in wellKnown { register(type) }
  }

  public mutating func register(_ type: any Message.Type) { types[type.fullName] = type }

  /// The type of `type.googleapis.com/pkg.Name`: what follows the last slash is its name.
  func type(url: String) -> (any Message.Type)? {
    guard let slash = url.lastIndex(of: "/") else { return nil }
    return types[String(url[url.index(after: slash)...])]
  }
}
