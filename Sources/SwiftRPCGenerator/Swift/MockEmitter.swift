/// Writes a service whose methods are closures, for tests of what calls it.
struct MockEmitter {
  let service: SchemaService
  let visibility: String

  private var name: String { SwiftNames.type(service.name) }

  func emit(in writer: inout SourceWriter) {
    writer.line(
      "/// Serves `\(service.fullName)` with closures, for tests. A method whose closure is nil")
    writer.line("/// answers UNIMPLEMENTED.")
    let heading = "\(visibility) nonisolated struct \(name)Mock: \(name)Server"
    writer.block(heading) { writer in
      for method in service.methods {
        writer.line("\(visibility) var \(property(method)):")
        writer.line("  (@Sendable (\(parameters(method))) async throws -> \(result(method)))?")
      }
      writer.line()
      writer.line("\(visibility) init() {}")
      for method in service.methods {
        writer.line()
        answer(method, in: &writer)
      }
    }
  }

  private func answer(_ method: SchemaService.Method, in writer: inout SourceWriter) {
    let emitter = ServiceEmitter.self
    writer.line("\(visibility) func \(SwiftNames.escaped(method.swiftName))(")
    writer.line("  \(emitter.serverParameters(method))")
    writer.block(") \(emitter.serverResult(method))") { writer in
      writer.line("guard let answer = self.\(property(method)) else {")
      writer.line("  throw \(emitter.unimplemented(method, of: service))")
      writer.line("}")
      let request = method.clientStreaming ? "requests" : "request"
      let responses = method.serverStreaming ? "responses, " : ""
      writer.line("return try await answer(\(request), \(responses)context)")
    }
  }

  /// `onGetThing`.
  private func property(_ method: SchemaService.Method) -> String {
    "on" + method.swiftName.prefix(1).uppercased() + method.swiftName.dropFirst()
  }

  private func parameters(_ method: SchemaService.Method) -> String {
    let request =
      method.clientStreaming
      ? "RPC::RequestStream<\(method.input.swiftName)>" : method.input.swiftName
    let responses =
      method.serverStreaming ? "RPC::ResponseWriter<\(method.output.swiftName)>, " : ""
    return "\(request), \(responses)RPC::ServerContext"
  }

  private func result(_ method: SchemaService.Method) -> String {
    method.serverStreaming ? "Swift::Void" : method.output.swiftName
  }
}
