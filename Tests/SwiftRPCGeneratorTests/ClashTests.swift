import Protobuf
import SwiftRPCGenerator
import Testing

/// Names that are different in .proto files and the same in Swift or C are errors that name both and
/// the remedy.
@Suite("Clashes", .timeLimit(.minutes(2)))
struct ClashTests {
  private func file(
    _ path: String, package: String, messages: [String] = [], services: [String] = []
  ) -> FileDescriptorProto {
    var file = FileDescriptorProto()
    file.name = path
    file.package = package
    file.syntax = "proto3"
    file.messageType = messages.map(message)
    file.service = services.map { name in
      var service = ServiceDescriptorProto()
      service.name = name
      return service
    }
    return file
  }

  private func message(_ name: String) -> DescriptorProto {
    var message = DescriptorProto()
    message.name = name
    return message
  }

  private func field(_ name: String, _ number: Int32, json: String) -> FieldDescriptorProto {
    var field = FieldDescriptorProto()
    field.name = name
    field.number = number
    field.type = .int32
    field.jsonName = json
    return field
  }

  private func method(_ name: String) -> MethodDescriptorProto {
    var method = MethodDescriptorProto()
    method.name = name
    method.inputType = ".a.A"
    method.outputType = ".a.A"
    return method
  }

  @discardableResult
  private func generate(
    _ files: [FileDescriptorProto], _ parameter: String = "Module=M"
  ) throws -> String {
    var request = CodeGeneratorRequest()
    request.protoFile = files
    request.fileToGenerate = files.compactMap(\.name)
    return try Generator.swift(request, options: GeneratorOptions(parameter: parameter)).file
      .compactMap(\.content).joined()
  }

  private func expect(
    _ message: String, of files: [FileDescriptorProto], _ parameter: String = "Module=M"
  ) {
    let error = #expect(throws: GeneratorError.self) { try generate(files, parameter) }
    #expect(error?.message == message)
  }

  @Test func `Types of two packages`() {
    expect(
      "'a.A' (a.proto) and 'b.A' (b.proto) are both M::A in Swift:"
        + " rename one, or generate the files into different modules",
      of: [
        file("a.proto", package: "a", messages: ["A"]),
        file("b.proto", package: "b", messages: ["A"]),
      ])
  }

  @Test func `Types of one file that differ in their first letter`() {
    expect(
      "'a.Small' (a.proto) and 'a.small' (a.proto) are both M__A__Small in C: rename one",
      of: [file("a.proto", package: "a", messages: ["Small", "small"])])
  }

  @Test func `Types that are one in C`() {
    expect(
      "'a.FooBar' (a.proto) and 'a.Foo_bar' (a.proto) are both M__A__FooBar in C: rename one",
      of: [file("a.proto", package: "a", messages: ["FooBar", "Foo_bar"])])
    expect(
      "'a.ABc' (a.proto) and 'a.A_bc' (a.proto) are both M__A__ABc in C: rename one",
      of: [file("a.proto", package: "a", messages: ["ABc", "A_bc"])])
    // One package in C.
    expect(
      "'aB.A' (a.proto) and 'a_b.A' (b.proto) are both M__AB__A in C:"
        + " rename one, or generate the files into different modules",
      of: [
        file("a.proto", package: "aB", messages: ["A"]),
        file("b.proto", package: "a_b", messages: ["A"]),
      ])
  }

  @Test(arguments: ["Methods", "Server", "Client"])
  func `A message that is called as a type of a service`(suffix: String) {
    expect(
      "'a.Echo\(suffix)' (a.proto) and the service 'a.Echo' (a.proto) are both M::Echo\(suffix)"
        + " in Swift: rename one",
      of: [file("a.proto", package: "a", messages: ["Echo\(suffix)"], services: ["Echo"])])
  }

  @Test func `What an option leaves out does not clash`() throws {
    try generate(
      [file("a.proto", package: "a", messages: ["EchoServer"], services: ["Echo"])],
      "Module=M,Server=false")
    try generate(
      [file("a.proto", package: "a", messages: ["EchoClient"], services: ["Echo"])],
      "Module=M,Client=false")
  }

  @Test func `One service in two packages`() {
    expect(
      "the service 'a.Echo' (a.proto) and the service 'b.Echo' (b.proto) are both M::EchoMethods"
        + " in Swift: rename one, or generate the files into different modules",
      of: [
        file("a.proto", package: "a", services: ["Echo"]),
        file("b.proto", package: "b", services: ["Echo"]),
      ])
  }

  @Test func `Methods of a service`() {
    var one = file("a.proto", package: "a", messages: ["A"], services: ["Echo"])
    one.service[0].method = [method("GetFoo"), method("get_foo")]
    expect(
      "a.proto: the methods 'GetFoo' and 'get_foo' of the service 'a.Echo' are both getFoo"
        + " in Swift: rename one",
      of: [one])
  }

  @Test func `Fields in JSON`() {
    var one = file("a.proto", package: "a", messages: ["A"])
    one.messageType[0].field = [field("a", 1, json: "x\""), field("b", 2, json: "x\"")]
    expect(
      #"a.proto: the fields 'a' and 'b' of 'a.A' are both "x\"" in JSON: give one another json_name"#,
      of: [one])
  }

  @Test func `Files of one name`() {
    expect(
      "'same.x.proto' and 'same/x.proto' are both written to same.x.pb.swift:"
        + " rename one, or generate them into different modules",
      of: [
        file("same/x.proto", package: "a", messages: ["A"]),
        file("same.x.proto", package: "b", messages: ["B"]),
      ])
  }

  @Test func `A module that is its own C module`() {
    expect(
      "Module and CModule are both M: give the C module another name (CModule=...)",
      of: [file("a.proto", package: "a")], "Module=M,CModule=M")
  }

  @Test func `A name in the contract that is another field's in JSON means that field`() throws {
    var one = file("a.proto", package: "a", messages: ["A"])
    one.messageType[0].field = [field("first", 1, json: "second"), field("second", 2, json: "x")]
    let text = try generate([one])
    #expect(text.contains(#"case "second", "first":"#))
    #expect(text.contains(#"case "x":"#))
  }

  @Test func `Oneofs and cases of one name are told apart`() throws {
    var one = file("a.proto", package: "a", messages: ["A"])
    let fields = [
      field("x_y", 1, json: "a"), field("xY", 2, json: "b"), field("none", 3, json: "c"),
    ]
    one.messageType[0].field = fields.enumerated().map { position, field in
      var field = field
      field.oneofIndex = position < 2 ? 0 : 1
      return field
    }
    one.messageType[0].oneofDecl = ["a_b", "aB"].map { name in
      var oneof = OneofDescriptorProto()
      oneof.name = name
      return oneof
    }
    let text = try generate([one])
    #expect(text.contains("public var aB: M::A.AB? = nil"))
    #expect(text.contains("public var aB_1: M::A.OneOfAB? = nil"))
    #expect(text.contains("case xY(Swift::Int32)"))
    #expect(text.contains("case xY_2(Swift::Int32)"))
    #expect(text.contains("case none_(Swift::Int32)"))
  }
}
