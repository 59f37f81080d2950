internal import Protobuf

/// Finds names that are different in .proto files and the same in Swift or C. Names that only their
/// own message or enum can see are told apart by `SchemaBuilder` instead.
struct ClashCheck {
  /// A declaration, as errors name it.
  private struct Owner {
    let text: String
    let path: String
  }

  private let index: TypeIndex
  private let options: GeneratorOptions
  private var owners: [String: Owner] = [:]
  private var path = ""

  private init(_ index: TypeIndex, _ options: GeneratorOptions) {
    self.index = index
    self.options = options
  }

  /// Fails at the first clash. The error names both declarations and the remedy.
  static func check(
    _ files: [FileDescriptorProto], generating: Set<String>, index: TypeIndex,
    options: GeneratorOptions
  ) throws(GeneratorError) {
    var check = Self(index, options)
    try check.checkModule()
    try check.checkOutputs(of: generating)
    for file in files {
      check.path = file.name ?? ""
      let module = options.module(of: check.path, generating: generating)
      if module == nil { continue }
      let package = file.package ?? ""
      for message in file.messageType { try check.claim(message, scope: package) }
      for enumeration in file.enumType {
        try check.claimType(TypeIndex.join(package, enumeration.name ?? ""))
      }
      if options.module == module {
        for service in file.service { try check.claim(service, package: package) }
      }
    }
  }

  // MARK: Modules and files

  private func checkModule() throws(GeneratorError) {
    guard options.module != options.nameOfCModule else {
      throw GeneratorError(
        "Module and CModule are both \(options.module): give the C module another name"
          + " (CModule=...)")
    }
  }

  private func checkOutputs(of generating: Set<String>) throws(GeneratorError) {
    var paths: [String: String] = [:]
    for path in generating.sorted() {
      let stem = FileEmitter.stem(of: path)
      if let other = paths.updateValue(path, forKey: stem) {
        throw GeneratorError(
          "'\(other)' and '\(path)' are both written to \(stem).pb.swift: rename one, or generate"
            + " them into different modules")
      }
    }
  }

  // MARK: Types

  private mutating func claim(
    _ message: DescriptorProto, scope: String
  ) throws(GeneratorError) {
    let name = TypeIndex.join(scope, message.name ?? "")
    let c = try index.reference(name)
    try claim(c.cName + " in C", by: "'\(name)'")
    try claim(c.cInitializer + " in C", by: "'\(name)'")
    guard message.options?.mapEntry != true else { return }
    try claimType(name)
    for nested in message.nestedType { try claim(nested, scope: name) }
    for enumeration in message.enumType {
      try claimType(TypeIndex.join(name, enumeration.name ?? ""))
    }
    try checkJSONNames(of: message, name)
  }

  private mutating func claimType(_ name: String) throws(GeneratorError) {
    let reference = try index.reference(name)
    try claim(reference.swiftName + " in Swift", by: "'\(name)'")
  }

  private mutating func claim(_ name: String, by text: String) throws(GeneratorError) {
    let owner = Owner(text: text, path: path)
    guard let other = owners.updateValue(owner, forKey: name) else { return }
    let remedy =
      other.path == path
      ? "rename one" : "rename one, or generate the files into different modules"
    throw GeneratorError(
      "\(other.text) (\(other.path)) and \(text) (\(path)) are both \(name): \(remedy)")
  }

  private func checkJSONNames(
    of message: DescriptorProto, _ fullName: String
  ) throws(GeneratorError) {
    var fields: [String: String] = [:]
    for field in message.field {
      let name = field.name ?? ""
      let json = field.jsonName ?? SwiftNames.json(name)
      if let other = fields.updateValue(name, forKey: json) {
        throw GeneratorError(
          "\(path): the fields '\(other)' and '\(name)' of '\(fullName)' are both"
            + " \(SwiftLiteral.string(json)) in JSON: give one another json_name")
      }
    }
  }

  // MARK: Services

  private mutating func claim(
    _ service: ServiceDescriptorProto, package: String
  ) throws(GeneratorError) {
    let name = service.name ?? ""
    let text = "the service '\(TypeIndex.join(package, name))'"
    for type in ServiceEmitter.types(of: name, options: options) {
      try claim("\(options.module)::\(type) in Swift", by: text)
    }
    var methods: [String: String] = [:]
    for method in service.method.map({ $0.name ?? "" }) {
      let swiftName = SwiftNames.method(method)
      if let other = methods.updateValue(method, forKey: swiftName) {
        throw GeneratorError(
          "\(path): the methods '\(other)' and '\(method)' of \(text) are both \(swiftName) in"
            + " Swift: rename one")
      }
    }
  }
}
