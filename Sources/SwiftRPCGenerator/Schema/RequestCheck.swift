internal import Protobuf

/// Checks what every emitter relies on, before any of them writes: that names are identifiers, so
/// that no text of a descriptor becomes code, and that numbers and indices are in range. protoc
/// checks the same; other programs that call a plugin may not.
struct RequestCheck {
  private let path: String

  /// Fails at the first file with a declaration that cannot be written.
  static func check(_ files: [FileDescriptorProto]) throws(GeneratorError) {
    for file in files { try Self(path: file.name ?? "").check(file) }
  }

  private func check(_ file: FileDescriptorProto) throws(GeneratorError) {
    guard Self.isPath(path) else {
      throw GeneratorError(
        "the path \(SwiftLiteral.string(path)) has characters that code cannot hold")
    }
    for part in (file.package ?? "").split(separator: ".", omittingEmptySubsequences: false)
    where file.package?.isEmpty == false {
      try checkName(String(part), of: "package")
    }
    for message in file.messageType { try check(message) }
    for enumeration in file.enumType { try check(enumeration) }
    for service in file.service {
      try checkName(service.name, of: "service")
      for method in service.method { try checkName(method.name, of: "method") }
    }
  }

  private func check(_ message: DescriptorProto) throws(GeneratorError) {
    let name = message.name ?? ""
    let isMapEntry = message.options?.mapEntry == true
    // protoc calls the entries of the map `_1` `1Entry`. They have no name in Swift.
    try checkName(isMapEntry ? "_" + name : name, of: "message")
    var numbers: Set<Int32> = []
    for field in message.field {
      try checkName(field.name, of: "field")
      let number = field.number ?? 0
      guard (1...536_870_911).contains(number), numbers.insert(number).inserted else {
        throw error("the field number \(number) of '\(name)' is out of range or taken")
      }
      if let oneof = field.oneofIndex, !message.oneofDecl.indices.contains(Int(oneof)) {
        throw error("'\(name)' has no oneof \(oneof)")
      }
    }
    for oneof in message.oneofDecl { try checkName(oneof.name, of: "oneof") }
    for enumeration in message.enumType { try check(enumeration) }
    for nested in message.nestedType { try check(nested) }
    guard isMapEntry else { return }
    guard message.field.map(\.number) == [1, 2], message.nestedType.isEmpty else {
      throw error("the map entry '\(name)' is not a key and a value")
    }
  }

  private func check(_ enumeration: EnumDescriptorProto) throws(GeneratorError) {
    try checkName(enumeration.name, of: "enum")
    guard !enumeration.value.isEmpty else {
      throw error("the enum '\(enumeration.name ?? "")' has no values")
    }
    for value in enumeration.value { try checkName(value.name, of: "enum value") }
  }

  private func checkName(_ name: String?, of kind: String) throws(GeneratorError) {
    guard Self.isIdentifier(name ?? "") else {
      throw error("the name \(SwiftLiteral.string(name ?? "")) of a \(kind) is not an identifier")
    }
  }

  private func error(_ text: String) -> GeneratorError { GeneratorError("\(path): \(text)") }

  /// ASCII letters, digits and underscores, as in protobuf's language.
  static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
    return name.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  /// Paths stand in comments of Swift and C and in `#include`.
  private static func isPath(_ path: String) -> Bool {
    !path.isEmpty
      && path.unicodeScalars.allSatisfy {
        SwiftLiteral.isPlain($0) && !["\"", "\\", "*", "?", "<", ">"].contains($0)
      }
  }
}
