import Protobuf
import Wire

/// The .proto files that a server knows, by what they declare.
final class DescriptorIndex: Sendable {
  struct File: Sendable {
    let path: String
    /// A serialized `FileDescriptorProto`.
    let descriptor: [UInt8]
    let imports: [String]
  }

  private let files: [String: File]
  /// Full name of a type, a member, a service or a method -> path of its file.
  private let symbols: [String: String]
  /// Full name of a message -> number of an extension -> path of its file.
  private let extensions: [String: [Int32: String]]
  private let messages: Set<String>

  /// Knows the files, what they import, and reflection's own.
  convenience init(_ files: [any ProtoFile.Type]) {
    let reflection = Self.descriptors(of: [File_grpc_reflection_v1_reflection.self])
    self.init(
      descriptors: Self.descriptors(of: files) + reflection
        + reflection.map(AlphaReflection.descriptor))
  }

  /// - Parameter descriptors: of several files with the same path the first counts.
  init(descriptors: [FileDescriptorProto]) {
    var contents = Contents()
    for descriptor in descriptors { contents.add(descriptor) }
    files = contents.files
    symbols = contents.symbols
    extensions = contents.extensions
    messages = contents.messages
  }

  func file(_ path: String) -> File? { files[path] }

  func file(declaring symbol: String) -> File? { symbols[symbol].flatMap { files[$0] } }

  func file(extending message: String, _ number: Int32) -> File? {
    extensions[message]?[number].flatMap { files[$0] }
  }

  /// The numbers of a message's extensions, in order; nil for a message that no file declares.
  func extensionNumbers(of message: String) -> [Int32]? {
    if let found = extensions[message] { return found.keys.sorted() }
    return messages.contains(message) ? [] : nil
  }

  /// A file and its transitive imports, without those in `sent`, which they join. The file itself
  /// always comes, and first.
  func withImports(_ file: File, sent: inout Set<String>) -> [File] {
    var found = [file]
    sent.insert(file.path)
    var position = 0
    while position < found.count {
      for path in found[position].imports {
        if let file = files[path], sent.insert(path).inserted { found.append(file) }
      }
      position += 1
    }
    return found
  }

  /// The descriptors of files and of their transitive imports.
  private static func descriptors(of files: [any ProtoFile.Type]) -> [FileDescriptorProto] {
    var next = files
    var seen = Set(files.map { ObjectIdentifier($0) })
    var descriptors: [FileDescriptorProto] = []
    while let file = next.popLast() {
      descriptors += file.descriptors.compactMap(descriptor)
      for file in file.imports where seen.insert(ObjectIdentifier(file)).inserted {
        next.append(file)
      }
    }
    return descriptors
  }

  /// Nil for text that is no descriptor: the generator writes none.
  private static func descriptor(_ text: StaticString) -> FileDescriptorProto? {
    let characters = text.withUTF8Buffer { unsafe Array($0) }
    return Base64.metadata.decode(characters.span).flatMap {
      try? FileDescriptorProto(serialized: $0)
    }
  }

  private struct Contents {
    var files: [String: File] = [:]
    var symbols: [String: String] = [:]
    var extensions: [String: [Int32: String]] = [:]
    var messages: Set<String> = []

    mutating func add(_ file: FileDescriptorProto) {
      let path = file.name ?? ""
      guard files[path] == nil else { return }
      files[path] = File(path: path, descriptor: file.serialized(), imports: file.dependency)
      let package = file.package ?? ""
      for message in file.messageType { add(message, in: package, path) }
      for enumeration in file.enumType { add(enumeration, in: package, path) }
      for field in file.extension { add(extension: field, in: package, path) }
      for service in file.service {
        let name = add(service.name, in: package, path)
        for method in service.method { add(method.name, in: name, path) }
      }
    }

    private mutating func add(_ message: DescriptorProto, in scope: String, _ path: String) {
      let name = add(message.name, in: scope, path)
      messages.insert(name)
      for field in message.field { add(field.name, in: name, path) }
      for oneof in message.oneofDecl { add(oneof.name, in: name, path) }
      for nested in message.nestedType { add(nested, in: name, path) }
      for enumeration in message.enumType { add(enumeration, in: name, path) }
      for field in message.extension { add(extension: field, in: name, path) }
    }

    private mutating func add(
      _ enumeration: EnumDescriptorProto, in scope: String, _ path: String
    ) {
      add(enumeration.name, in: scope, path)
      // Values are names of the enum's own scope, as in C++.
      for value in enumeration.value { add(value.name, in: scope, path) }
    }

    private mutating func add(
      extension field: FieldDescriptorProto, in scope: String, _ path: String
    ) {
      add(field.name, in: scope, path)
      let extendee = field.extendee ?? ""
      let message = extendee.hasPrefix(".") ? String(extendee.dropFirst()) : extendee
      extensions[message, default: [:]][field.number ?? 0] = path
    }

    /// - Returns: the full name.
    @discardableResult
    private mutating func add(_ name: String?, in scope: String, _ path: String) -> String {
      let name = name ?? ""
      let fullName = scope.isEmpty ? name : scope + "." + name
      if symbols[fullName] == nil { symbols[fullName] = path }
      return fullName
    }
  }
}
