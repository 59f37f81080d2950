import Protobuf
import SwiftRPCGenerator
import Testing
import Wire

@Suite("Descriptors in generated source", .timeLimit(.minutes(2)))
struct DescriptorEmitterTests {
  private func file(_ path: String, imports: [String] = []) -> FileDescriptorProto {
    var file = FileDescriptorProto()
    file.name = path
    file.syntax = "proto3"
    file.dependency = imports
    return file
  }

  /// The descriptor file of the first of the files that are generated.
  private func source(
    _ files: [FileDescriptorProto], generating: Int = 1, options parameter: String = "Module=M"
  ) throws -> String? {
    var request = CodeGeneratorRequest()
    request.fileToGenerate = files.prefix(generating).compactMap(\.name)
    request.protoFile = files
    let options = try GeneratorOptions(parameter: parameter)
    let response = try Generator.swift(request, options: options)
    return response.file.first { $0.name?.hasSuffix(".descriptor.swift") == true }?.content
  }

  /// The descriptors in generated source.
  private func descriptors(in source: String) throws -> [FileDescriptorProto] {
    let literals = source.components(between: "\"\"\"\n", "\"\"\",")
    return try literals.map { literal in
      let text = literal.filter { !$0.isWhitespace && $0 != "\\" }
      let bytes = Base64.metadata.decode(Array(text.utf8).span)
      return try FileDescriptorProto(serialized: #require(bytes))
    }
  }

  @Test func `A descriptor is embedded without comments`() throws {
    var one = file("a/v1/one.proto")
    var message = DescriptorProto()
    message.name = String(repeating: "Long", count: 100)
    one.messageType = [message]
    var commented = one
    commented.sourceCodeInfo = SourceCodeInfo()
    commented.sourceCodeInfo?.location = [SourceCodeInfo.Location()]
    let text = try #require(try source([commented]))
    #expect(text.contains("public nonisolated enum File_a_v1_one: Protobuf::ProtoFile {"))
    #expect(try descriptors(in: text) == [one])
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 105 })
  }

  @Test func `Imports name the files of this module and of others`() throws {
    let files = [
      file("a/one.proto", imports: ["a/two.proto", "b/three.proto", "google/protobuf/any.proto"]),
      file("a/two.proto"), file("b/three.proto"), file("google/protobuf/any.proto"),
    ]
    let text = try #require(try source(files, generating: 2, options: "Module=M,Mb=B"))
    #expect(text.contains(" File_a_two.self,\n"))
    #expect(text.contains(" B::File_b_three.self,\n"))
    #expect(text.contains(" Protobuf::File_google_protobuf_any.self,\n"))
    #expect(text.contains("\ninternal import B\n"))
    #expect(try descriptors(in: text).map(\.name) == ["a/one.proto"])
  }

  @Test func `Imports that no module carries are embedded, and theirs`() throws {
    let files = [
      file("a/one.proto", imports: ["x/options.proto", "x/more.proto"]),
      file("x/options.proto", imports: ["x/more.proto", "google/protobuf/descriptor.proto"]),
      file("x/more.proto"), file("google/protobuf/descriptor.proto"),
    ]
    let text = try #require(try source(files))
    let paths = try descriptors(in: text).map(\.name)
    #expect(paths == ["a/one.proto", "x/options.proto", "x/more.proto"])
    #expect(text.contains("[\n      Protobuf::File_google_protobuf_descriptor.self,\n    ]"))
  }

  @Test func `A service registers its file, unless descriptors are left out`() throws {
    var one = file("a/one.proto")
    one.service = [ServiceDescriptorProto()]
    one.service[0].name = "Service"
    var request = CodeGeneratorRequest()
    request.fileToGenerate = ["a/one.proto"]
    request.protoFile = [one]
    var options = GeneratorOptions()
    let with = try Generator.swift(request, options: options).file
    #expect(with.map(\.name) == ["a.one.rpc.swift", "a.one.descriptor.swift"])
    #expect(with[0].content?.contains("router.add(File_a_one.self)") == true)
    options.descriptors = false
    let without = try Generator.swift(request, options: options).file
    #expect(without.map(\.name) == ["a.one.rpc.swift"])
    #expect(without[0].content?.contains("File_a_one") == false)
  }

  @Test func `Two files of one Swift name are an error that names both`() throws {
    let files = [file("a/b_c.proto"), file("a_b/c.proto")]
    let error = #expect(throws: GeneratorError.self) { try source(files, generating: 2) }
    #expect(error?.message.contains("'a/b_c.proto' and 'a_b/c.proto'") == true)
    #expect(try source(files, generating: 2, options: "Descriptors=false") == nil)
  }
}

extension String {
  /// The parts that begin behind `start` and end before `end`.
  fileprivate func components(between start: String, _ end: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self[...]
    while let begin = rest.firstRange(of: start),
      let close = rest[begin.upperBound...].firstRange(of: end)
    {
      parts.append(rest[begin.upperBound..<close.lowerBound])
      rest = rest[close.upperBound...]
    }
    return parts
  }
}
