import Protobuf
import TestBasics

/// Random requests whose texts try to become code: each has the word `injected` in it.
struct HostileRequests {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private static let fragments = [
    "\n", "\r", "\r\n", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}", "\0", "\u{1A}",
    "\u{202E}", "\u{2066}", "\u{FEFF}", "\u{301}", "é", "*/", "/*", "//", "\"", "\"\"\"", "#\"",
    "\"#", "\\", "\\(", "\\u{", ")", "}", "{", "`", "'", "$0", "injected", "injected()",
    "let injected = 1", " ", "\t", ";", "import injected", "#if injected", "@injected", "\\n",
    "<<<<<<< injected", "??/",
  ]
  private static let names = [
    "a", "b_c", "ID", "Type", "self", "Self", "init", "default", "none", "Protobuf", "Swift", "RPC",
    "unknown_fields", "_", "__", "_1", "HTTPRule", "Optional", "class", "Any", "hash_value", "x1",
  ]

  private mutating func one(of choices: [String]) -> String {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }

  private mutating func text() -> String {
    let fragments = (0..<Int.random(in: 1...6, using: &random)).map { _ in one(of: Self.fragments) }
    return "injected" + fragments.joined() + "injected"
  }

  /// Mostly an identifier; one in `oddness` is none.
  private mutating func name(oddness: Int = 250) -> String {
    if Int.random(in: 0..<oddness, using: &random) == 0 {
      return one(of: [text(), "", "1a", "a b", "a-b", "a: Int; let injected", "é"])
    }
    let name = one(of: Self.names)
    return Bool.random(using: &random) ? name : "\(name)\(Int.random(in: 0..<100, using: &random))"
  }

  mutating func next() -> CodeGeneratorRequest {
    var file = FileDescriptorProto()
    let isHostile = Int.random(in: 0..<20, using: &random) == 0
    let path = isHostile ? text() : "a/\(name(oddness: 1000)).proto"
    file.name = path
    file.package = ["", "a", "a.b", "a.b.v1"].randomElement(using: &random)
    file.syntax = Int.random(in: 0..<3, using: &random) == 0 ? "proto2" : "proto3"
    file.enumType = (0..<Int.random(in: 0...2, using: &random)).map { _ in enumeration() }
    file.messageType = (0..<Int.random(in: 1...3, using: &random)).map { _ in message(depth: 2) }
    file.service = [service(file)]
    file.sourceCodeInfo = comments()
    var request = CodeGeneratorRequest()
    request.fileToGenerate = [path]
    request.protoFile = [file]
    return request
  }

  private mutating func message(depth: Int) -> DescriptorProto {
    var message = DescriptorProto()
    message.name = name()
    message.field = (0..<Int.random(in: 0...4, using: &random)).map { position in
      var field = FieldDescriptorProto()
      field.name = name()
      field.number = Int32(position + 1)
      field.label = Bool.random(using: &random) ? .optional : .repeated
      field.type = [.string, .bytes, .int32, .double, .bool].randomElement(using: &random)
      field.jsonName = Bool.random(using: &random) ? text() : nil
      if field.type == .string, Bool.random(using: &random) { field.defaultValue = text() }
      return field
    }
    if let last = message.field.indices.last, Bool.random(using: &random) {
      var oneof = OneofDescriptorProto()
      oneof.name = name()
      message.oneofDecl = [oneof]
      message.field[last].label = .optional
      message.field[last].oneofIndex = 0
    }
    if depth > 0, Bool.random(using: &random) {
      message.nestedType = [self.message(depth: depth - 1)]
      message.enumType = [enumeration()]
    }
    return message
  }

  private mutating func enumeration() -> EnumDescriptorProto {
    var enumeration = EnumDescriptorProto()
    enumeration.name = name()
    enumeration.value = (0..<Int.random(in: 1...4, using: &random)).map { position in
      var value = EnumValueDescriptorProto()
      value.name = name()
      value.number = Int32(position)
      return value
    }
    return enumeration
  }

  private mutating func service(_ file: FileDescriptorProto) -> ServiceDescriptorProto {
    var service = ServiceDescriptorProto()
    service.name = name()
    let scope = (file.package ?? "").isEmpty ? "" : "." + (file.package ?? "")
    service.method = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      var method = MethodDescriptorProto()
      method.name = name()
      method.inputType = scope + "." + (file.messageType[0].name ?? "")
      method.outputType = method.inputType
      method.clientStreaming = Bool.random(using: &random)
      method.serverStreaming = Bool.random(using: &random)
      return method
    }
    return service
  }

  /// A comment at each declaration of the first ones of each kind.
  private mutating func comments() -> SourceCodeInfo {
    var info = SourceCodeInfo()
    let paths: [[Int32]] = [
      [4, 0], [4, 0, 2, 0], [4, 0, 2, 1], [4, 0, 8, 0], [4, 0, 3, 0], [4, 0, 4, 0],
      [4, 0, 4, 0, 2, 0], [4, 1], [5, 0], [5, 0, 2, 0], [6, 0], [6, 0, 2, 0], [6, 0, 2, 1],
    ]
    info.location = paths.map { path in
      var location = SourceCodeInfo.Location()
      location.path = path
      location.leadingComments = text()
      return location
    }
    return info
  }
}
