internal import Protobuf

/// Every message and enum of the files given to the generator, by full name.
struct TypeIndex {
  private(set) var references: [String: TypeReference] = [:]
  private(set) var messages: [String: DescriptorProto] = [:]
  /// The Swift module of each type.
  private(set) var modules: [String: String] = [:]
  private var enums: [String: EnumDescriptorProto] = [:]
  /// The other messages that a message holds in fields that are not repeated.
  private var holds: [String: [String]] = [:]

  init(_ files: [FileDescriptorProto], generating: Set<String>, options: GeneratorOptions) {
    for file in files {
      let path = file.name ?? ""
      // Nothing that is written refers to a file without a module (`Imports`).
      let module = options.module(of: path, generating: generating) ?? options.module
      let package = file.package ?? ""
      for message in file.messageType {
        add(message, scope: package, swiftScope: module + "::", module: module)
      }
      for enumeration in file.enumType {
        add(enumeration, scope: package, swiftScope: module + "::", module: module)
      }
    }
  }

  private mutating func add(
    _ message: DescriptorProto, scope: String, swiftScope: String, module: String
  ) {
    let fullName = Self.join(scope, message.name ?? "")
    let swiftName = swiftScope + Self.swiftName(message.name ?? "", fullName: fullName)
    references[fullName] = TypeReference(
      fullName: fullName, swiftName: swiftName, module: module)
    messages[fullName] = message
    modules[fullName] = module
    holds[fullName] = message.field.filter { $0.type == .message && $0.label != .repeated }
      .map { Self.withoutDot($0.typeName) }
    for nested in message.nestedType {
      add(nested, scope: fullName, swiftScope: swiftName + ".", module: module)
    }
    for enumeration in message.enumType {
      add(enumeration, scope: fullName, swiftScope: swiftName + ".", module: module)
    }
  }

  private mutating func add(
    _ enumeration: EnumDescriptorProto, scope: String, swiftScope: String, module: String
  ) {
    let fullName = Self.join(scope, enumeration.name ?? "")
    let swiftName = swiftScope + SwiftNames.type(enumeration.name ?? "")
    references[fullName] = TypeReference(
      fullName: fullName, swiftName: swiftName, module: module)
    modules[fullName] = module
    enums[fullName] = enumeration
  }

  /// A value of an enum as an expression, such as `.notFound`.
  func enumCase(_ value: String, of enumeration: String) -> String? {
    guard let enumeration = enums[enumeration] else { return nil }
    let values = enumeration.value.map { $0.name ?? "" }
    let cases = SwiftNames.cases(of: values, in: enumeration.name ?? "")
    return values.firstIndex(of: value).map { "." + SwiftNames.escaped(cases[$0]) }
  }

  /// The type that a descriptor names, with a leading dot.
  func reference(_ typeName: String?) throws(GeneratorError) -> TypeReference {
    let fullName = Self.withoutDot(typeName)
    guard let reference = references[fullName] else {
      throw GeneratorError("no file has the type '\(fullName)'")
    }
    return reference
  }

  /// Whether `message` can contain itself through a field of the type `field` without an array in
  /// between: its value would have no finite size.
  func isRecursive(_ message: String, through field: String) -> Bool {
    var seen: Set<String> = []
    var next = [field]
    while let type = next.popLast() {
      if type == message { return true }
      if seen.insert(type).inserted { next += holds[type] ?? [] }
    }
    return false
  }

  static func swiftName(_ name: String, fullName: String) -> String {
    fullName == "google.protobuf.Any" ? "AnyMessage" : SwiftNames.type(name)
  }

  static func join(_ scope: String, _ name: String) -> String {
    scope.isEmpty ? name : scope + "." + name
  }

  static func withoutDot(_ typeName: String?) -> String {
    let name = typeName ?? ""
    return name.hasPrefix(".") ? String(name.dropFirst()) : name
  }
}
