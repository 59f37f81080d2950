internal import Protobuf

/// Finds the files of a request that must be written: those that protoc names, and with
/// `Missing=generate` those that they need and that belong to no module.
struct Imports {
  private let options: GeneratorOptions
  private var files: [String: FileDescriptorProto] = [:]
  /// The path of the file that declares a type.
  private var paths: [String: String] = [:]

  /// Fails for a type of an imported file without a module, unless such files are generated along.
  static func generating(
    _ request: CodeGeneratorRequest, _ options: GeneratorOptions
  ) throws(GeneratorError) -> Set<String> {
    try Self(request, options).generating(request.fileToGenerate)
  }

  private init(_ request: CodeGeneratorRequest, _ options: GeneratorOptions) {
    self.options = options
    for file in request.protoFile {
      let path = file.name ?? ""
      files[path] = file
      let package = file.package ?? ""
      for message in file.messageType { add(message, scope: package, path: path) }
      for enumeration in file.enumType {
        paths[TypeIndex.join(package, enumeration.name ?? "")] = path
      }
    }
  }

  private mutating func add(_ message: DescriptorProto, scope: String, path: String) {
    let name = TypeIndex.join(scope, message.name ?? "")
    paths[name] = path
    for nested in message.nestedType { add(nested, scope: name, path: path) }
    for enumeration in message.enumType {
      paths[TypeIndex.join(name, enumeration.name ?? "")] = path
    }
  }

  private func generating(_ named: [String]) throws(GeneratorError) -> Set<String> {
    var generating = Set(named)
    var next = named
    while let path = next.popLast() {
      for type in files[path].map(Self.types) ?? [] {
        guard let needed = paths[type], !generating.contains(needed),
          options.module(ofImport: needed) == nil
        else { continue }
        guard options.generatesMissing else {
          throw GeneratorError(
            "\(path) needs '\(type)' of \(needed), which belongs to no module: name it with"
              + " M\(needed)=Module, or generate it along with Missing=generate")
        }
        generating.insert(needed)
        next.append(needed)
      }
    }
    return generating
  }

  /// The types of the fields and methods of a file.
  private static func types(of file: FileDescriptorProto) -> [String] {
    let methods = file.service.flatMap(\.method).flatMap { [$0.inputType, $0.outputType] }
    return (file.messageType.flatMap(types) + methods).map(TypeIndex.withoutDot)
  }

  private static func types(of message: DescriptorProto) -> [String?] {
    message.field.filter { $0.typeName != nil }.map(\.typeName) + message.nestedType.flatMap(types)
  }
}
