public import Protobuf

/// Answers protoc: descriptors in, source files out.
public enum Generator {
  /// `CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL`.
  static let supportedFeatures: UInt64 = 1

  /// The Swift files of a request, or its error.
  public static func swift(
    _ request: CodeGeneratorRequest, options: GeneratorOptions
  ) throws(GeneratorError) -> CodeGeneratorResponse {
    let (generating, index) = try scope(of: request, options)
    if options.descriptors { try DescriptorEmitter.checkNames(of: generating.sorted()) }
    let files = Dictionary(
      request.protoFile.map { ($0.name ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    var response = CodeGeneratorResponse()
    response.supportedFeatures = supportedFeatures
    for descriptor in request.protoFile where generating.contains(descriptor.name ?? "") {
      let file = try SchemaBuilder(descriptor, index: index).build()
      let descriptors = DescriptorEmitter(
        file: descriptor, files: files, generating: generating, options: options)
      for output in FileEmitter(file: file, options: options, descriptors: descriptors).emit() {
        var result = CodeGeneratorResponse.File()
        result.name = output.name
        result.content = output.content
        response.file.append(result)
      }
    }
    return response
  }

  /// The files to write, and all types, after every check that needs no schema.
  private static func scope(
    of request: CodeGeneratorRequest, _ options: GeneratorOptions
  ) throws(GeneratorError) -> (generating: Set<String>, index: TypeIndex) {
    try RequestCheck.check(request.protoFile)
    let generating = try Imports.generating(request, options)
    let index = TypeIndex(request.protoFile, generating: generating, options: options)
    try ClashCheck.check(
      request.protoFile, generating: generating, index: index, options: options)
    return (generating, index)
  }

  /// The request to protoc-gen-c for libprotobuf-c's structs.
  public static func requestForC(
    _ request: CodeGeneratorRequest, options: GeneratorOptions
  ) throws(GeneratorError) -> CodeGeneratorRequest {
    let (generating, _) = try scope(of: request, options)
    return CDescriptors.rewrite(request, generating: generating, options: options)
  }

  /// protoc-gen-c's response, adapted for protoc.
  public static func responseOfC(_ response: CodeGeneratorResponse) -> CodeGeneratorResponse {
    var result = response
    result.supportedFeatures = supportedFeatures
    for index in result.file.indices {
      // Removes the attributes of the option that only marks strings.
      result.file[index].content = result.file[index].content?
        .replacing(" PROTOBUF_C__DEPRECATED", with: "")
    }
    return result
  }
}
