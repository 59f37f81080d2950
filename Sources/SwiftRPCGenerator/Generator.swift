public import Protobuf

/// Answers protoc: descriptors in, source files out.
public enum Generator {
  /// `CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL`.
  static let supportedFeatures: UInt64 = 1

  /// The Swift files of a request, or its error.
  public static func swift(
    _ request: CodeGeneratorRequest, options: GeneratorOptions
  ) throws(GeneratorError) -> CodeGeneratorResponse {
    let generating = Set(request.fileToGenerate)
    let index = TypeIndex(request.protoFile, generating: generating, options: options)
    try index.checkNames()
    if options.descriptors { try DescriptorEmitter.checkNames(of: request.fileToGenerate) }
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

  /// The request to protoc-gen-c for libprotobuf-c's structs.
  public static func requestForC(_ request: CodeGeneratorRequest) -> CodeGeneratorRequest {
    CDescriptors.rewrite(request)
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
