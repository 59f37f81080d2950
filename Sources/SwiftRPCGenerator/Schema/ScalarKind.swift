/// The scalar kinds of protobuf, with their Swift types and JSON methods.
enum ScalarKind: String {
  case double, float, int32, int64, uint32, uint64, sint32, sint64, fixed32, fixed64, sfixed32
  case sfixed64, bool, string, bytes

  var swiftType: String {
    switch self {
    case .double: "Swift::Double"
    case .float: "Swift::Float"
    case .int32, .sint32, .sfixed32: "Swift::Int32"
    case .int64, .sint64, .sfixed64: "Swift::Int64"
    case .uint32, .fixed32: "Swift::UInt32"
    case .uint64, .fixed64: "Swift::UInt64"
    case .bool: "Swift::Bool"
    case .string: "Swift::String"
    case .bytes: "[Swift::UInt8]"
    }
  }

  var defaultValue: String {
    switch self {
    case .bool: "false"
    case .string: "\"\""
    case .bytes: "[]"
    default: "0"
    }
  }

  /// The method of `JSONReader`, and the stem of its method for map keys.
  var jsonReader: String {
    switch self {
    case .double, .float, .bool, .string, .bytes: rawValue
    case .int32, .sint32, .sfixed32: "int32"
    case .int64, .sint64, .sfixed64: "int64"
    case .uint32, .fixed32: "uint32"
    case .uint64, .fixed64: "uint64"
    }
  }

  /// An expression that is true when `value` is not the default, which proto3 does not send.
  /// Negative zero is not the default.
  func isSet(_ value: String) -> String {
    switch self {
    case .bool: value
    case .string, .bytes: "!\(value).isEmpty"
    case .double, .float: "\(value).bitPattern != 0"
    default: "\(value) != 0"
    }
  }
}
