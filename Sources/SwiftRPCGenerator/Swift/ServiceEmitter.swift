/// Writes a service in Swift: its methods' names, a protocol for servers, a stub for clients.
struct ServiceEmitter {
  let service: SchemaService
  let options: GeneratorOptions
  /// The type with the file's descriptor; nil when there is none.
  let descriptor: String?

  private var visibility: String { options.visibility.rawValue }
  private var name: String { SwiftNames.type(service.name) }

  func emit(in writer: inout SourceWriter) {
    emitMethods(in: &writer)
    if options.server {
      writer.line()
      emitServer(in: &writer)
    }
    if options.client {
      writer.line()
      emitClient(in: &writer)
    }
  }

  private func methodName(_ method: SchemaService.Method) -> String {
    let taken = ["register", "serverWillDrain", "init", "self"]
    return SwiftNames.escaped(
      taken.contains(method.swiftName) ? method.swiftName + "_" : method.swiftName)
  }

  private func emitMethods(in writer: inout SourceWriter) {
    writer.line("/// The methods of `\(service.fullName)`.")
    writer.block("\(visibility) enum \(name)Methods") { writer in
      writer.line("\(visibility) static let service = \"\(service.fullName)\"")
      for method in service.methods {
        writer.line("\(visibility) static let \(methodName(method)) = RPC.MethodDescriptor(")
        writer.line("  service: service, method: \"\(method.name)\", kind: .\(method.kind))")
      }
    }
  }

  // MARK: Server

  private func emitServer(in writer: inout SourceWriter) {
    writer.documentation(service.comment, last: "Serves `\(service.fullName)`.")
    writer.block("\(visibility) protocol \(name)Server: RPC.RegistrableService") { writer in
      for (position, method) in service.methods.enumerated() {
        if position > 0 { writer.line() }
        writer.documentation(method.comment)
        writer.line("func \(methodName(method))(")
        writer.line("  \(serverParameters(method))")
        writer.line(
          ") async throws\(method.serverStreaming ? "" : " -> " + method.output.swiftName)")
        if method.isUnary { emitAtOnce(method, in: &writer) }
      }
    }
    writer.line()
    writer.block("extension \(name)Server") { writer in
      for method in service.methods where method.isUnary {
        writer.line("\(visibility) func \(methodName(method))(")
        writer.line("  \(atOnceParameters(method))")
        writer.line(") throws -> \(atOnceResult(method)) { nil }")
        writer.line()
      }
      writer.block("\(visibility) func register(in router: inout RPC.Router)") { writer in
        if let descriptor { writer.line("router.add(\(descriptor).self)") }
        for method in service.methods { register(method, in: &writer) }
      }
    }
  }

  private func serverParameters(_ method: SchemaService.Method) -> String {
    let request =
      method.clientStreaming
      ? "_ requests: RPC.RequestStream<\(method.input.swiftName)>"
      : "_ request: \(method.input.swiftName)"
    let responses =
      method.serverStreaming ? ", responses: RPC.ResponseWriter<\(method.output.swiftName)>" : ""
    return request + responses + ", context: RPC.ServerContext"
  }

  /// The synchronous variant of a unary method.
  private func emitAtOnce(_ method: SchemaService.Method, in writer: inout SourceWriter) {
    writer.line()
    writer.line(
      "/// `\(method.name)` for calls that need not wait: see `RPC.Router`. The default is nil.")
    writer.line("func \(methodName(method))(")
    writer.line("  \(atOnceParameters(method))")
    writer.line(") throws -> \(atOnceResult(method))")
  }

  private func atOnceParameters(_ method: SchemaService.Method) -> String {
    "_ request: \(method.input.swiftName), atOnce context: RPC.ServerContext"
  }

  private func atOnceResult(_ method: SchemaService.Method) -> String {
    "RPC.EncodedMessage<\(method.output.swiftName)>?"
  }

  private func register(_ method: SchemaService.Method, in writer: inout SourceWriter) {
    let responses = method.serverStreaming ? "responses, " : ""
    let argument = method.serverStreaming ? "responses: responses, " : ""
    let descriptor = "\(name)Methods.\(methodName(method))"
    let function = "self.\(methodName(method))"
    if method.isUnary {
      writer.line("router.unary(")
      writer.line("  \(descriptor),")
      writer.line("  atOnce: { request, context in try \(function)(request, atOnce: context) }")
      writer.line(") { request, context in")
    } else {
      writer.line("router.\(method.kind)(\(descriptor)) { request, \(responses)context in")
    }
    writer.line("  try await \(function)(request, \(argument)context: context)")
    writer.line("}")
  }

  // MARK: Client

  private func emitClient(in writer: inout SourceWriter) {
    writer.documentation(service.comment, last: "Calls `\(service.fullName)`.")
    writer.block("\(visibility) struct \(name)Client: Swift.Sendable") { writer in
      writer.line("private let client: RPC.RPCClient")
      writer.line()
      writer.line("\(visibility) init(_ client: RPC.RPCClient) { self.client = client }")
      for method in service.methods {
        writer.line()
        call(method, in: &writer)
      }
    }
  }

  private func call(_ method: SchemaService.Method, in writer: inout SourceWriter) {
    let input = method.input.swiftName
    let output = method.output.swiftName
    let request = method.clientStreaming ? "" : "_ request: \(input), "
    let options = "options: RPC.CallOptions = RPC.CallOptions()"
    var closure = ""
    switch (method.clientStreaming, method.serverStreaming) {
    case (false, false): break
    case (true, false):
      closure = "_ send: (RPC.RequestWriter<\(input)>) async throws -> Swift.Void"
    case (false, true):
      closure = "_ receive: (RPC.ResponseStream<\(output)>) async throws -> Result"
    case (true, true):
      let streams = "RPC.RequestWriter<\(input)>, RPC.ResponseStream<\(output)>"
      closure = "_ talk: (\(streams)) async throws -> Result"
    }
    let generic = method.serverStreaming ? "<Result>" : ""
    let result = method.serverStreaming ? "Result" : output
    writer.documentation(method.comment)
    writer.line("\(visibility) func \(methodName(method))\(generic)(")
    writer.line("  \(request)\(options)\(closure.isEmpty ? "" : ",")")
    if !closure.isEmpty { writer.line("  \(closure)") }
    writer.block(") async throws -> \(result)") { writer in
      let argument = method.clientStreaming ? "" : ", request"
      let label = closure.split(separator: " ").dropFirst().first.map { ", " + $0.dropLast() } ?? ""
      writer.line("try await self.client.\(method.kind)(")
      writer.line("  \(name)Methods.\(methodName(method))\(argument), options: options\(label))")
    }
  }
}

extension SchemaService.Method {
  fileprivate var isUnary: Bool { !clientStreaming && !serverStreaming }

  /// The case of `RPC.MethodDescriptor.Kind`, and the name of the functions that register and call
  /// such methods.
  fileprivate var kind: String {
    switch (clientStreaming, serverStreaming) {
    case (false, false): "unary"
    case (true, false): "clientStreaming"
    case (false, true): "serverStreaming"
    case (true, true): "bidirectionalStreaming"
    }
  }
}
