internal import Protobuf

/// Rewrites descriptors for protoc-gen-c, whose structs carry messages between Swift and the wire.
///
/// The wire format stays the same. Declarations differ, because protobuf-c's strings end at a NUL
/// and its compiler refuses `optional` of proto3:
/// - strings become bytes with the option `deprecated`, which no other field has: by it the shim
///   knows which fields must be UTF-8;
/// - enums become int32;
/// - the syntax becomes proto2: every scalar has a `has_` member, and repeated scalars say whether
///   they are packed;
/// - maps become repeated entries, and oneofs of one `optional` field disappear;
/// - packages and paths begin with the Swift module, so that two modules of a program may have the
///   same contract;
/// - names become numbers (`CNames`); services, extensions, options, defaults and comments are left
///   out.
struct CDescriptors {
  /// `pb_c_file` (field 1019 of the options) with `gen_pack_helpers` false.
  private static let noPackHelpers: [UInt8] = [0xda, 0x3f, 0x02, 0x10, 0x00]

  private let generating: Set<String>
  private let options: GeneratorOptions
  /// The file that declares a message, by full name with a leading dot.
  private var files: [String: String] = [:]

  private init(generating: Set<String>, options: GeneratorOptions) {
    self.generating = generating
    self.options = options
  }

  static func rewrite(
    _ request: CodeGeneratorRequest, generating: Set<String>, options: GeneratorOptions
  ) -> CodeGeneratorRequest {
    var descriptors = CDescriptors(generating: generating, options: options)
    for file in request.protoFile {
      let scope = (file.package ?? "").isEmpty ? "" : "." + (file.package ?? "")
      for message in file.messageType {
        descriptors.add(message, scope: scope, file: file.name ?? "")
      }
    }
    var result = CodeGeneratorRequest()
    result.fileToGenerate = request.protoFile
      .filter { generating.contains($0.name ?? "") && !$0.messageType.isEmpty }
      .map { descriptors.path($0.name ?? "") }
    result.compilerVersion = request.compilerVersion
    result.protoFile = request.protoFile.map(descriptors.rewrite)
    return result
  }

  private func module(of path: String) -> String {
    options.module(of: path, generating: generating) ?? options.module
  }

  private func path(_ path: String) -> String { module(of: path) + "/" + path }

  private mutating func add(_ message: DescriptorProto, scope: String, file: String) {
    let name = scope + "." + (message.name ?? "")
    files[name] = file
    for nested in message.nestedType { add(nested, scope: name, file: file) }
  }

  private func rewrite(_ file: FileDescriptorProto) -> FileDescriptorProto {
    var result = FileDescriptorProto()
    let path = file.name ?? ""
    let package = file.package ?? ""
    result.name = self.path(path)
    result.package = module(of: path) + (package.isEmpty ? "" : "." + package)
    let isProto3 = file.syntax == "proto3"
    result.messageType = file.messageType.map { rewrite($0, isProto3: isProto3) }
    result.dependency = Set(file.messageType.flatMap(dependencies)).subtracting([path])
      .map(self.path).sorted()
    var options = FileOptions()
    options.optimizeFor = .codeSize
    if let noPackHelpers = UnknownFields(Self.noPackHelpers) {
      options.unknownFields = noPackHelpers
    }
    result.options = options
    return result
  }

  /// Only the files whose messages are members of this file's: no other is included.
  private func dependencies(_ message: DescriptorProto) -> [String] {
    message.field.compactMap { $0.type == .message ? files[$0.typeName ?? ""] : nil }
      + message.nestedType.flatMap(dependencies)
  }

  private func rewrite(_ message: DescriptorProto, isProto3: Bool) -> DescriptorProto {
    var result = DescriptorProto()
    result.name = message.name
    result.field = message.field.filter { $0.type != .group }.map {
      rewrite($0, isProto3: isProto3)
    }
    result.nestedType = message.nestedType.map { rewrite($0, isProto3: isProto3) }
    let oneofs = Set(result.field.compactMap(\.oneofIndex))
    result.oneofDecl = oneofs.sorted().map { index in
      var oneof = OneofDescriptorProto()
      oneof.name = CNames.oneof(index: Int(index))
      return oneof
    }
    return result
  }

  private func rewrite(_ field: FieldDescriptorProto, isProto3: Bool) -> FieldDescriptorProto {
    var result = FieldDescriptorProto()
    result.name = CNames.field(field.name ?? "", number: field.number ?? 0)
    result.number = field.number
    result.label = field.label == .repeated ? .repeated : .optional
    result.type = field.type
    switch field.type {
    case .enum: result.type = .int32
    case .message:
      let name = field.typeName ?? ""
      result.typeName = "." + module(of: files[name] ?? "") + name
    case .string:
      result.type = .bytes
      result.options = FieldOptions()
      result.options?.deprecated = true
    default: break
    }
    if field.label == .repeated, ![.string, .bytes, .message].contains(field.type) {
      result.options = FieldOptions()
      result.options?.packed = field.options?.packed ?? isProto3
    }
    // Synthetic oneofs come after the real ones, so that these keep their indices.
    if field.proto3Optional != true { result.oneofIndex = field.oneofIndex }
    return result
  }
}
