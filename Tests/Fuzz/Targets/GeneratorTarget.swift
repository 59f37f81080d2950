import Protobuf
import SwiftRPCGenerator

extension FuzzTarget {
  /// Requests to the generator. No text of a contract becomes code: what is generated holds it in
  /// comments and literals alone.
  static let generator = FuzzTarget(name: "generator", maxLength: 3000) { bytes in
    var input = FuzzInput(bytes)
    let shape = input.byte()
    if shape & 1 == 0 {
      let limits = DecodingLimits(depth: 100, memory: 1 << 20)
      guard
        let request = try? CodeGeneratorRequest(serialized: input.remainder(), limits: limits)
      else { return }
      let options = try? GeneratorOptions(parameter: request.parameter ?? "")
      Self.generate(request, options ?? GeneratorOptions(), marked: false)
    } else {
      var options = GeneratorOptions()
      options.mock = shape & 2 != 0
      options.descriptors = shape & 4 != 0
      options.client = shape & 8 != 0
      var contract = ContractMaker(input)
      Self.generate(contract.request(), options, marked: true)
    }
  }

  /// - Parameter marked: no name has the mark, and each text does.
  private static func generate(
    _ request: CodeGeneratorRequest, _ options: GeneratorOptions, marked: Bool
  ) {
    if let response = try? Generator.swift(request, options: options) {
      for file in response.file { judge(file.content ?? "", marked: marked) }
    }
    guard marked else { return }
    guard let request = try? Generator.requestForC(request, options: options) else { return }
    for var file in request.protoFile {
      file.name = nil
      let text = String(decoding: file.serialized(), as: UTF8.self)
      check(!text.contains(ContractMaker.mark), "text reaches the generator of C")
    }
  }

  private static func judge(_ source: String, marked: Bool) {
    let code = SwiftCode(source)
    check(code.fault == nil, "\(code.fault ?? "") in\n\(source)")
    check(code.isBalanced, "the brackets have no partners in\n\(source)")
    check(code.text.allSatisfy(\.isASCII), "code that is not ASCII in\n\(source)")
    check(
      !marked || !String(code.text).contains(ContractMaker.mark), "text became code in\n\(source)")
  }
}

/// Contracts whose names are names, mostly, and whose texts are anything.
private struct ContractMaker {
  /// Part of every text, and of no name.
  static let mark = "injected"

  private var input: FuzzInput
  private var names = 0

  init(_ input: FuzzInput) { self.input = input }

  private static let fragments = [
    "\n", "\r", "\r\n", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}", "\0", "\u{202E}",
    "\u{FEFF}", "\u{301}", "é", "*/", "/*", "//", "\"", "\"\"\"", "#\"", "\"#", "\\", "\\(", ")",
    "}", "{", "`", "injected()", " ", ";", "#if injected",
  ]
  private static let words = [
    "a", "b_c", "ID", "Type", "self", "Self", "init", "default", "none", "Protobuf", "Swift", "RPC",
    "unknown_fields", "_", "__", "_1", "Optional", "class", "Any", "hash_value", "x1", "Foo_bar",
  ]

  private mutating func text() -> String {
    let fragments = (0..<input.choice(5)).map { _ in
      input.choice(8) == 7
        ? String(decoding: input.run(), as: UTF8.self) : input.pick(Self.fragments)
    }
    return Self.mark + fragments.joined() + Self.mark
  }

  private mutating func name() -> String {
    names += 1
    switch input.byte() {
    case 255: return unmarked(text())
    case 254: return unmarked(String(decoding: input.run(), as: UTF8.self))
    case let word where word < 128: return Self.words[Int(word) % Self.words.count]
    case let word: return Self.words[Int(word) % Self.words.count] + "\(names)"
    }
  }

  private func unmarked(_ text: String) -> String { text.replacing(Self.mark, with: "x") }

  private mutating func many<Element>(
    _ most: Int, _ make: (inout Self, Int) -> Element
  ) -> [Element] {
    (0..<input.choice(most + 1)).map { make(&self, $0) }
  }

  mutating func request() -> CodeGeneratorRequest {
    var file = FileDescriptorProto()
    file.name = input.choice(30) == 29 ? unmarked(text()) : "a/b.proto"
    file.package = input.pick(["", "a", "a.b.v1"])
    file.syntax = input.pick(["proto3", "proto2", "editions"])
    file.enumType = many(2) { maker, _ in maker.enumeration() }
    file.messageType = many(3) { maker, _ in maker.message(depth: 2) }
    file.service = many(2) { maker, _ in maker.service(file) }
    file.sourceCodeInfo = comments()
    var request = CodeGeneratorRequest()
    request.fileToGenerate = [file.name ?? ""]
    request.protoFile = [file]
    return request
  }

  private mutating func message(depth: Int) -> DescriptorProto {
    var message = DescriptorProto()
    message.name = name()
    message.oneofDecl = many(2) { maker, _ in .with { $0.name = maker.name() } }
    message.field = many(4) { maker, index in maker.field(Int32(index + 1)) }
    if depth > 0 {
      message.nestedType = many(2) { maker, _ in maker.message(depth: depth - 1) }
      message.enumType = many(1) { maker, _ in maker.enumeration() }
    }
    return message
  }

  private mutating func field(_ number: Int32) -> FieldDescriptorProto {
    var field = FieldDescriptorProto()
    field.name = name()
    field.number = input.choice(20) == 19 ? Int32(bitPattern: input.word()) : number
    field.label = input.pick([.optional, .repeated, .required])
    field.type = FieldDescriptorProto.Type_(rawValue: Int32(input.choice(19)))
    if input.bool() { field.jsonName = text() }
    if input.bool() {
      field.defaultValue = input.bool() ? text() : input.pick(["1", "nan", "-0", ""])
    }
    if input.choice(4) == 3 { field.oneofIndex = Int32(input.choice(3)) }
    if input.choice(4) == 3 { field.typeName = "." + name() }
    return field
  }

  private mutating func enumeration() -> EnumDescriptorProto {
    var enumeration = EnumDescriptorProto()
    enumeration.name = name()
    enumeration.value = many(4) { maker, index in
      .with {
        $0.name = maker.name()
        $0.number = maker.input.bool() ? Int32(index) : Int32(bitPattern: maker.input.word())
      }
    }
    return enumeration
  }

  private mutating func service(_ file: FileDescriptorProto) -> ServiceDescriptorProto {
    var service = ServiceDescriptorProto()
    service.name = name()
    let scope = (file.package ?? "").isEmpty ? "." : ".\(file.package ?? "")."
    service.method = many(3) { maker, _ in
      .with {
        $0.name = maker.name()
        $0.inputType = scope + (file.messageType.first?.name ?? "None")
        $0.outputType = $0.inputType
        $0.clientStreaming = maker.input.bool()
        $0.serverStreaming = maker.input.bool()
      }
    }
    return service
  }

  private mutating func comments() -> SourceCodeInfo {
    let paths: [[Int32]] = [
      [4, 0], [4, 0, 2, 0], [4, 0, 8, 0], [4, 0, 3, 0], [4, 0, 4, 0], [4, 1], [5, 0], [5, 0, 2, 0],
      [6, 0], [6, 0, 2, 0], [6, 0, 2, 1],
    ]
    var info = SourceCodeInfo()
    info.location = paths.map { path in
      .with {
        $0.path = path
        $0.leadingComments = text()
      }
    }
    return info
  }
}
