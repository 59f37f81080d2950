import Protobuf
import SwiftRPCGenerator
import Testing

@Suite("Generated source", .timeLimit(.minutes(2)))
struct GeneratorTests {
  private func field(
    _ name: String, _ number: Int32, _ type: FieldDescriptorProto.Type_, of typeName: String? = nil
  ) -> FieldDescriptorProto {
    var field = FieldDescriptorProto()
    field.name = name
    field.number = number
    field.type = type
    field.typeName = typeName
    field.label = .optional
    return field
  }

  private func request(_ messages: [DescriptorProto]) -> CodeGeneratorRequest {
    var file = FileDescriptorProto()
    file.name = "a/b.proto"
    file.package = "a.b"
    file.syntax = "proto3"
    file.messageType = messages
    var request = CodeGeneratorRequest()
    request.fileToGenerate = ["a/b.proto"]
    request.protoFile = [file]
    return request
  }

  private func source(_ request: CodeGeneratorRequest) throws -> String {
    var options = GeneratorOptions()
    options.module = "M"
    let response = try Generator.swift(request, options: options)
    #expect(response.file.map(\.name) == ["a.b.pb.swift", "a.b.descriptor.swift"])
    #expect(response.supportedFeatures == 1)
    return response.file.first?.content ?? ""
  }

  @Test func `Messages that contain each other are stored out of line`() throws {
    var one = DescriptorProto()
    one.name = "One"
    one.field = [
      field("two", 1, .message, of: ".a.b.Two"), field("three", 2, .message, of: ".a.b.Three"),
    ]
    var two = DescriptorProto()
    two.name = "Two"
    two.field = [field("one", 1, .message, of: ".a.b.One")]
    var three = DescriptorProto()
    three.name = "Three"
    let text = try source(request([one, two, three]))
    #expect(text.contains("boxed_1: Protobuf::Indirect<M::Two>?"))
    #expect(text.contains("boxed_1: Protobuf::Indirect<M::One>?"))
    #expect(text.contains("public var three: M::Three? = nil"))
  }

  @Test func `Comments become docstrings`() throws {
    var message = DescriptorProto()
    message.name = "Message"
    var request = request([message])
    var location = SourceCodeInfo.Location()
    location.path = [4, 0]
    location.leadingComments = " First.\n\n Second.\n"
    request.protoFile[0].sourceCodeInfo = SourceCodeInfo()
    request.protoFile[0].sourceCodeInfo?.location = [location]
    let text = try source(request)
    #expect(
      text.contains(
        "/// First.\n///\n/// Second.\npublic nonisolated struct Message_: Protobuf::Message {"))
  }

  @Test func `A type that no file has is an error`() {
    var message = DescriptorProto()
    message.name = "A"
    message.field = [field("b", 1, .message, of: ".a.b.Nope")]
    #expect(throws: GeneratorError.self) { try source(request([message])) }
  }

  @Test func `Types in C begin with their module`() throws {
    var data = DescriptorProto()
    data.name = "_1data"
    data.field = [
      field("size", 1, .int32), field("any", 2, .message, of: ".google.protobuf.Any"),
    ]
    var request = request([data])
    request.protoFile[0].package = ""
    var any = DescriptorProto()
    any.name = "Any"
    var other = FileDescriptorProto()
    other.name = "google/protobuf/any.proto"
    other.package = "google.protobuf"
    other.messageType = [any]
    request.protoFile.append(other)
    let text = try source(request)
    #expect(text.contains("var c = unsafe CM::M__1data()"))
    #expect(text.contains("unsafe CM::m___1data__init(&c)"))
    var options = GeneratorOptions()
    options.module = "M"
    let c = try Generator.requestForC(request, options: options)
    #expect(c.fileToGenerate == ["M/a/b.proto"])
    #expect(c.protoFile.map(\.name) == ["M/a/b.proto", "Protobuf/google/protobuf/any.proto"])
    #expect(c.protoFile.map(\.package) == ["M", "Protobuf.google.protobuf"])
    #expect(c.protoFile[0].dependency == ["Protobuf/google/protobuf/any.proto"])
    #expect(c.protoFile[0].messageType[0].field[1].typeName == ".Protobuf.google.protobuf.Any")
  }

  @Test func `Editions, groups and required fields are refused in words`() {
    func refusal(_ change: (inout FileDescriptorProto) -> Void) -> String? {
      var message = DescriptorProto()
      message.name = "A"
      message.field = [field("a", 1, .int32)]
      var request = request([message])
      request.protoFile[0].syntax = "proto2"
      change(&request.protoFile[0])
      return #expect(throws: GeneratorError.self) { try source(request) }?.message
    }
    #expect(
      refusal { $0.syntax = "editions" }
        == #"a/b.proto: editions are not supported: write syntax = "proto3" or "proto2""#)
    #expect(
      refusal { $0.messageType[0].field[0].type = .group }
        == "a/b.proto: the field 'a' is a group, which is not supported:"
        + " make it a field of a message type")
    #expect(
      refusal { $0.messageType[0].field[0].label = .required }
        == "a/b.proto: 'a.b.A.a' is required, which is not supported:"
        + " make it optional, and check it where it is used")
    #expect(
      refusal { $0.messageType[0].field[0].defaultValue = "1; injected()" }
        == #"the field 'a' cannot have the default "1; injected()""#)
  }

  @Test func `protoc-gen-c is given declarations that it can take`() throws {
    var message = DescriptorProto()
    message.name = "A"
    message.field = [
      field("text", 1, .string), field("kind", 2, .enum, of: ".a.b.Kind"), field("id", 3, .int64),
      field("list", 4, .int32), field("loose", 5, .int32), field("maybe", 6, .bool),
    ]
    message.field[3].label = .repeated
    message.field[4].label = .repeated
    message.field[4].options = FieldOptions()
    message.field[4].options?.packed = false
    message.field[5].proto3Optional = true
    message.field[5].oneofIndex = 0
    var oneof = OneofDescriptorProto()
    oneof.name = "_maybe"
    message.oneofDecl = [oneof]
    var original = request([message])
    original.protoFile[0].dependency = ["google/api/annotations.proto"]
    let file = try #require(
      try Generator.requestForC(original, options: GeneratorOptions()).protoFile.first)
    let fields = try #require(file.messageType.first).field
    #expect(file.syntax == nil)
    #expect(file.dependency == [])
    #expect(file.messageType.first?.oneofDecl == [])
    #expect(
      fields.map(\.name) == ["f1_text", "f2_kind", "f3_id", "f4_list", "f5_loose", "f6_maybe"])
    #expect(fields.map(\.type) == [.bytes, .int32, .int64, .int32, .int32, .bool])
    #expect(fields[0].options?.deprecated == true)
    #expect(fields[3].options?.packed == true)
    #expect(fields[4].options?.packed == false)
    #expect(fields[5].oneofIndex == nil)
  }
}
