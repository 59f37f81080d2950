import Protobuf
import Testing

@testable import RPCServices

@Suite(.timeLimit(.minutes(2))) struct DescriptorIndexTests {
  private func file(
    _ path: String, imports: [String] = [], package: String = "a.v1",
    _ change: (inout FileDescriptorProto) -> Void = { _ in }
  ) -> FileDescriptorProto {
    var file = FileDescriptorProto()
    file.name = path
    file.package = package
    file.dependency = imports
    change(&file)
    return file
  }

  private func message(
    _ name: String, _ change: (inout DescriptorProto) -> Void = { _ in }
  ) -> DescriptorProto {
    var message = DescriptorProto()
    message.name = name
    change(&message)
    return message
  }

  private func field(_ name: String, _ number: Int32, extending: String? = nil)
    -> FieldDescriptorProto
  {
    var field = FieldDescriptorProto()
    field.name = name
    field.number = number
    field.extendee = extending
    return field
  }

  /// Imports that meet again, and an import that nobody has.
  private var diamond: DescriptorIndex {
    DescriptorIndex(descriptors: [
      file("top", imports: ["left", "right"]), file("left", imports: ["bottom"]),
      file("right", imports: ["bottom", "nowhere"]), file("bottom"),
    ])
  }

  @Test func `a file comes first, and each import once`() throws {
    let index = diamond
    var sent: Set<String> = []
    let top = try #require(index.file("top"))
    #expect(
      index.withImports(top, sent: &sent).map(\.path) == ["top", "left", "right", "bottom"])
    #expect(sent == ["top", "left", "right", "bottom"])
  }

  @Test func `what was sent is left out, but for the file itself`() throws {
    let index = diamond
    var sent: Set<String> = []
    let left = try #require(index.file("left"))
    #expect(index.withImports(left, sent: &sent).map(\.path) == ["left", "bottom"])
    let top = try #require(index.file("top"))
    #expect(index.withImports(top, sent: &sent).map(\.path) == ["top", "right"])
    #expect(index.withImports(top, sent: &sent).map(\.path) == ["top"])
  }

  @Test(arguments: [
    "a.v1.Outer", "a.v1.Outer.Inner", "a.v1.Outer.Inner.number", "a.v1.Outer.choice",
    "a.v1.Outer.Mode", "a.v1.Outer.FAST", "a.v1.Color", "a.v1.RED", "a.v1.Service",
    "a.v1.Service.Call", "a.v1.extra", "a.v1.Outer.nested_extra",
  ])
  func `every declaration is found by its full name`(symbol: String) throws {
    #expect(declarations.file(declaring: symbol)?.path == "all")
  }

  @Test(arguments: ["", "a.v1", "Outer", ".a.v1.Outer", "a.v1.Outer.Color", "a.v1.Color.RED"])
  func `no other name is found`(symbol: String) throws {
    #expect(declarations.file(declaring: symbol) == nil)
  }

  private var declarations: DescriptorIndex {
    let descriptor = file("all") { file in
      var mode = EnumDescriptorProto()
      mode.name = "Mode"
      mode.value = [EnumValueDescriptorProto()]
      mode.value[0].name = "FAST"
      var color = mode
      color.name = "Color"
      color.value[0].name = "RED"
      var choice = OneofDescriptorProto()
      choice.name = "choice"
      file.messageType = [
        message("Outer") { outer in
          outer.nestedType = [message("Inner") { $0.field = [field("number", 1)] }]
          outer.oneofDecl = [choice]
          outer.enumType = [mode]
          outer.extension = [field("nested_extra", 101, extending: ".a.v1.Outer")]
        }
      ]
      file.enumType = [color]
      file.extension = [field("extra", 100, extending: ".a.v1.Outer")]
      var service = ServiceDescriptorProto()
      service.name = "Service"
      service.method = [MethodDescriptorProto()]
      service.method[0].name = "Call"
      file.service = [service]
    }
    return DescriptorIndex(descriptors: [descriptor])
  }

  @Test func `extensions are found by the message that they extend`() {
    let index = declarations
    #expect(index.file(extending: "a.v1.Outer", 100)?.path == "all")
    #expect(index.file(extending: "a.v1.Outer", 101)?.path == "all")
    #expect(index.file(extending: "a.v1.Outer", 102) == nil)
    #expect(index.file(extending: "a.v1.Other", 100) == nil)
    #expect(index.extensionNumbers(of: "a.v1.Outer") == [100, 101])
    #expect(index.extensionNumbers(of: "a.v1.Outer.Inner") == [])
    #expect(index.extensionNumbers(of: "a.v1.Color") == nil)
  }

  @Test func `descriptors come out of generated code whole`() throws {
    let index = DescriptorIndex([File_grpc_health_v1_health.self])
    let health = try #require(index.file("grpc/health/v1/health.proto"))
    let descriptor = try FileDescriptorProto(serialized: health.descriptor)
    #expect(descriptor.service.map(\.name) == ["Health"])
    #expect(descriptor.service[0].method.map(\.name) == ["Check", "List", "Watch"])
    #expect(descriptor.sourceCodeInfo == nil)
  }

  @Test func `v1alpha is v1 under another name`() throws {
    let index = DescriptorIndex([])
    let file = try #require(index.file(declaring: "grpc.reflection.v1alpha.ServerReflection"))
    let descriptor = try FileDescriptorProto(serialized: file.descriptor)
    let method = try #require(descriptor.service.first?.method.first)
    #expect(method.inputType == ".grpc.reflection.v1alpha.ServerReflectionRequest")
    #expect(method.outputType == ".grpc.reflection.v1alpha.ServerReflectionResponse")
    let types = descriptor.messageType.flatMap(\.field).compactMap(\.typeName)
    #expect(types.count == 7)
    #expect(types.allSatisfy { $0.hasPrefix(".grpc.reflection.v1alpha.") })
  }
}
