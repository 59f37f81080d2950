extension FieldType {
  var swiftType: String {
    switch self {
    case .scalar(let kind): kind.swiftType
    case .enumeration(let type), .message(let type): type.swiftName
    }
  }

  var defaultValue: String {
    switch self {
    case .scalar(let kind): kind.defaultValue
    case .enumeration(let type): type.swiftName + "()"
    case .message(let type): type.swiftName + "()"
    }
  }

  var isMessage: Bool {
    if case .message = self { true } else { false }
  }

  /// Whether JSON's null is one of its values, and not the absence of a value.
  var hasNullValue: Bool {
    switch self {
    case .message(let type): type.fullName == "google.protobuf.Value"
    case .enumeration(let type): type.fullName == "google.protobuf.NullValue"
    case .scalar: false
    }
  }

  /// An expression that is true when `value` must be sent although it has no explicit presence.
  func isSet(_ value: String) -> String {
    switch self {
    case .scalar(let kind): kind.isSet(value)
    case .enumeration: "\(value).rawValue != 0"
    case .message: "true"
    }
  }

  /// The Swift value of a member of a C struct.
  func decoded(_ member: String) -> String {
    switch self {
    case .scalar(.bool): "\(member) != 0"
    case .scalar(.string): "arena.string(\(member))"
    case .scalar(.bytes): "arena.bytes(\(member))"
    case .scalar: member
    case .enumeration(let type): "\(type.swiftName)(rawValue: \(member))"
    case .message(let type): "\(type.swiftName)(unpacking: \(member), in: arena)"
    }
  }

  /// The member of a C struct for a Swift value.
  func encoded(_ value: String) -> String {
    switch self {
    case .scalar(.bool): "\(value) ? 1 : 0"
    case .scalar(.string), .scalar(.bytes): "arena.data(\(value))"
    case .scalar: value
    case .enumeration: "\(value).rawValue"
    case .message: "arena.bind(\(value).structure(in: arena))"
    }
  }
}

extension SchemaField {
  /// The type of the property.
  var propertyType: String {
    switch form {
    case .implicit: type.swiftType
    case .optional, .oneof: type.swiftType + "?"
    case .repeated: "[\(type.swiftType)]"
    case .map(let key, let value, _): "[\(key.swiftType): \(value.swiftType)]"
    }
  }

  var propertyDefault: String {
    switch form {
    case .implicit: type.defaultValue
    case .optional, .oneof: "nil"
    case .repeated: "[]"
    case .map: "[:]"
    }
  }

  /// The property in an expression.
  var value: String { "self." + SwiftNames.escaped(swiftName) }
}
