import Foundation
import Protobuf
import SwiftRPCGenerator
import Testing

/// Generated code compiles from every isolation, under the default settings of every tools version
/// from 5.9 on, and where modules are on the main actor by default.
@Suite("Isolation", .timeLimit(.minutes(2)))
struct IsolationTests {
  static let settings = [
    ["-swift-version", "5"],
    ["-swift-version", "5", "-strict-concurrency=complete"],
    ["-swift-version", "5", "-default-isolation", "MainActor"],
    ["-swift-version", "6"],
    ["-swift-version", "6", "-default-isolation", "MainActor"],
    ["-swift-version", "6", "-enable-upcoming-feature", "NonisolatedNonsendingByDefault"],
  ]

  @Test(arguments: settings)
  func `Stubs and services compile from actors, the main actor and the top level`(
    settings: [String]
  ) throws {
    let said = try compile(
      stubs(module: "Stubs") + [
        ("Services.swift", Callers.services), ("Clients.swift", Callers.clients),
        ("main.swift", Callers.topLevel),
      ], module: "Stubs", settings)
    #expect(said == "", "\(said.prefix(3000))")
  }

  /// The messages of the tests' own contract, with every kind of field.
  @Test(arguments: settings)
  func `Messages compile`(settings: [String]) throws {
    let folder = Self.root.appending(path: "Tests/TestMessages/Generated")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    let sources = try files.map { file in
      (file.lastPathComponent, String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }
    #expect(sources.count >= 4)
    let said = try compile(sources, module: "TestMessages", settings)
    #expect(said == "", "\(said.prefix(3000))")
  }

  @Test(arguments: ["Empty", "RPCClient", "Echo"])
  func `A module may be called as a type`(module: String) throws {
    let said = try compile(
      stubs(module: module), module: module, ["-swift-version", "6"])
    #expect(said == "", "\(said.prefix(3000))")
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Compiles as far as the checks of isolation go, which follow the types' check, against the
  /// modules that this test was built with. Warnings are errors.
  private func compile(
    _ sources: [(name: String, content: String)], module: String, _ settings: [String]
  ) throws -> String {
    let built = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    var arguments = ["-wmo", "-emit-sil", "-o", "/dev/null", "-warnings-as-errors"]
    arguments += ["-module-name", module, "-I", built.appending(path: "Modules").path]
    arguments += ["-I", Self.root.appending(path: "Sources/CProtobufC").path]
    for c in ["CProtobufShim", "CProtobufMessages", "CRPCMessages", "CTestMessages"] {
      let map = built.appending(path: "\(c).build/module.modulemap").path
      arguments += ["-Xcc", "-fmodule-map-file=\(map)"]
    }
    for folder in ["Sources/CProtobufMessages", "Sources/CRPCMessages", "Tests/CTestMessages"] {
      arguments += ["-Xcc", "-I\(Self.root.appending(path: folder).path)"]
    }
    return try SwiftCompiler.run(arguments + settings, sources: sources)
  }

  /// A service with methods of all kinds.
  private func stubs(module: String) throws -> [(name: String, content: String)] {
    var file = FileDescriptorProto()
    file.name = "echo.proto"
    file.syntax = "proto3"
    file.package = "echo"
    var service = ServiceDescriptorProto()
    service.name = "Echo"
    service.method = [("Say", false, false), ("Collect", true, false)].map(method)
    service.method += [("Spread", false, true), ("Chat", true, true)].map(method)
    file.service = [service]
    var empty = FileDescriptorProto()
    empty.name = "google/protobuf/empty.proto"
    empty.syntax = "proto3"
    empty.package = "google.protobuf"
    var message = DescriptorProto()
    message.name = "Empty"
    empty.messageType = [message]
    var request = CodeGeneratorRequest()
    request.fileToGenerate = ["echo.proto"]
    request.protoFile = [empty, file]
    let options = try GeneratorOptions(parameter: "Module=\(module),Mock=true")
    let files = try Generator.swift(request, options: options).file
    #expect(files.count == 2)
    return files.map { ($0.name ?? "", $0.content ?? "") }
  }

  private func method(
    _ name: String, clientStreaming: Bool, serverStreaming: Bool
  ) -> MethodDescriptorProto {
    var method = MethodDescriptorProto()
    method.name = name
    method.inputType = ".google.protobuf.Empty"
    method.outputType = ".google.protobuf.Empty"
    method.clientStreaming = clientStreaming
    method.serverStreaming = serverStreaming
    return method
  }
}
