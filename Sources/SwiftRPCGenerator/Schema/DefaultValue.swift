internal import Protobuf

/// The default that a field of proto2 declares, as a Swift expression.
struct DefaultValue {
  let field: FieldDescriptorProto
  let type: FieldType
  let index: TypeIndex

  /// Nil without a default; fails for text that is no value of the field's type.
  func expression() throws(GeneratorError) -> String? {
    guard let text = field.defaultValue else { return nil }
    guard let expression = expression(text) else {
      throw GeneratorError(
        "the field '\(field.name ?? "")' cannot have the default \(SwiftLiteral.string(text))")
    }
    return expression
  }

  private func expression(_ text: String) -> String? {
    switch type {
    case .scalar(let kind): scalar(kind, text)
    case .enumeration(let type): index.enumCase(text, of: type.fullName)
    case .message: nil
    }
  }

  private func scalar(_ kind: ScalarKind, _ text: String) -> String? {
    switch kind {
    case .bool: ["true", "false"].contains(text) ? text : nil
    case .string: SwiftLiteral.string(text)
    case .bytes: Self.bytes(text).map { "[" + $0.map(String.init).joined(separator: ", ") + "]" }
    case .double, .float: Self.number(text)
    case .int32, .sint32, .sfixed32: Int32(text).map(String.init)
    case .int64, .sint64, .sfixed64: Int64(text).map(String.init)
    case .uint32, .fixed32: UInt32(text).map(String.init)
    case .uint64, .fixed64: UInt64(text).map(String.init)
    }
  }

  private static func number(_ text: String) -> String? {
    switch text {
    case "inf": ".infinity"
    case "-inf": "-.infinity"
    case "nan", "-nan": ".nan"
    default: Double(text).flatMap { $0.isFinite ? $0.description : nil }
    }
  }

  /// The bytes behind C's escapes, in which protoc writes them.
  private static func bytes(_ text: String) -> [UInt8]? {
    let plain: [Character: UInt8] = [
      "n": 10, "r": 13, "t": 9, "\"": 34, "'": 39, "\\": 92,
    ]
    var bytes: [UInt8] = []
    var rest = Substring(text)
    while let character = rest.popFirst() {
      guard character == "\\" else {
        bytes += character.utf8
        continue
      }
      guard let kind = rest.first else { return nil }
      if let byte = plain[kind] {
        bytes.append(byte)
        rest.removeFirst()
      } else {
        guard let byte = UInt8(rest.prefix(3), radix: 8) else { return nil }
        bytes.append(byte)
        rest = rest.dropFirst(3)
      }
    }
    return bytes
  }
}
