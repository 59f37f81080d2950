import Foundation
import Protobuf
import SwiftRPCGenerator

/// A protoc plugin: `protoc --swiftrpc_out=DIR --swiftrpc_opt=Module=M,... FILE.proto`.
///
/// `GeneratorOptions` describes the options. With `Emit=C` it rewrites the descriptors and asks
/// protoc-gen-c, from PATH, for libprotobuf-c's structs of them.
@main
struct Main {
  static func main() {
    do {
      let input = [UInt8](FileHandle.standardInput.readDataToEndOfFile())
      let request = try CodeGeneratorRequest(serialized: input, limits: limits)
      try FileHandle.standardOutput.write(contentsOf: Data(answer(request).serialized()))
    } catch {
      FileHandle.standardError.write(Data("protoc-gen-swiftrpc: \(error)\n".utf8))
      exit(1)
    }
  }

  /// protoc is no stranger: descriptors may be as large as they are.
  private static let limits = DecodingLimits(
    depth: DecodingLimits.default.depth, memory: .max)

  /// Errors in the .proto files and options go to protoc, which prints them.
  private static func answer(_ request: CodeGeneratorRequest) throws -> CodeGeneratorResponse {
    do {
      let options = try GeneratorOptions(parameter: request.parameter ?? "")
      switch options.emit {
      case .swift:
        return try Generator.swift(request, options: options)
      case .c:
        let asked = try Generator.requestForC(request, options: options).serialized()
        let answer = try ChildProcess.run("protoc-gen-c", input: asked)
        return Generator.responseOfC(try CodeGeneratorResponse(serialized: answer, limits: limits))
      }
    } catch let error as GeneratorError {
      var response = CodeGeneratorResponse()
      response.error = error.message
      return response
    }
  }
}
