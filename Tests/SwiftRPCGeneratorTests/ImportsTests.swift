import Protobuf
import SwiftRPCGenerator
import Testing

/// Which files of a request are written.
@Suite("Imports", .timeLimit(.minutes(2)))
struct ImportsTests {
  /// `a.proto`, whose message holds one of `google/api/http.proto`, which holds one of
  /// `google/type/date.proto`; beside them a file that nothing needs.
  private let request: CodeGeneratorRequest = {
    func file(_ path: String, _ package: String, _ name: String, holds other: String?)
      -> FileDescriptorProto
    {
      var message = DescriptorProto()
      message.name = name
      if let other {
        var field = FieldDescriptorProto()
        field.name = "other"
        field.number = 1
        field.label = .optional
        field.type = .message
        field.typeName = other
        message.field = [field]
      }
      var file = FileDescriptorProto()
      file.name = path
      file.package = package
      file.syntax = "proto3"
      file.messageType = [message]
      return file
    }
    var request = CodeGeneratorRequest()
    request.fileToGenerate = ["a.proto"]
    request.protoFile = [
      file("google/api/client.proto", "google.api", "Unused", holds: nil),
      file("google/type/date.proto", "google.type", "Date", holds: nil),
      file("google/api/http.proto", "google.api", "Rule", holds: ".google.type.Date"),
      file("a.proto", "a", "A", holds: ".google.api.Rule"),
    ]
    return request
  }()

  private func files(_ parameter: String) throws -> [String?] {
    let options = try GeneratorOptions(parameter: parameter + ",Descriptors=false")
    let c = try Generator.requestForC(request, options: options).fileToGenerate
    let swift = try Generator.swift(request, options: options).file.map(\.name)
    #expect(c.count == swift.count)
    return swift
  }

  @Test func `An import without a module is an error`() {
    let error = #expect(throws: GeneratorError.self) { try files("Module=M") }
    #expect(
      error?.message
        == "a.proto needs 'google.api.Rule' of google/api/http.proto, which belongs to no module:"
        + " name it with Mgoogle/api/http.proto=Module, or generate it along with Missing=generate")
  }

  @Test func `What the libraries do not carry is not theirs`() {
    for path in ["google/protobuf/type.proto", "google/rpc/context/attribute_context.proto"] {
      var request = request
      request.protoFile[2].name = path
      #expect(throws: GeneratorError.self) {
        try Generator.swift(request, options: GeneratorOptions())
      }
    }
  }

  @Test func `An import is another module's, as are its own imports`() throws {
    #expect(try files("Module=M,Mgoogle/api=API") == ["a.pb.swift"])
  }

  @Test func `Imports are generated along, and theirs`() throws {
    #expect(
      try files("Module=M,Missing=generate")
        == ["google.type.date.pb.swift", "google.api.http.pb.swift", "a.pb.swift"])
    #expect(
      try files("Module=M,Missing=generate,Mgoogle/type=Types")
        == ["google.api.http.pb.swift", "a.pb.swift"])
  }
}
