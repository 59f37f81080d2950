import Protobuf

/// Writes a service in Swift: its methods' names, a protocol for servers, a stub for clients.
///
/// Isolation is written out, because the module of the generated code may have any default. Stubs run
/// where their caller does, so that an actor can hand them closures over its state. Requirements of
/// the protocol that are asynchronous say nothing: a witness in a type with a global actor would take
/// over what they say (Swift 6.3), and be nonisolated.
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
    if options.mock {
      writer.line()
      MockEmitter(service: service, visibility: visibility).emit(in: &writer)
    }
    if options.client {
      writer.line()
      emitClient(in: &writer)
    }
  }

  /// The types that a service becomes.
  static func types(of service: String, options: GeneratorOptions) -> [String] {
    let name = SwiftNames.type(service)
    return [name + "Methods"] + (options.server ? [name + "Server"] : [])
      + (options.client ? [name + "Client"] : []) + (options.mock ? [name + "Mock"] : [])
  }

  private func methodName(_ method: SchemaService.Method) -> String {
    SwiftNames.escaped(method.swiftName)
  }

  private func emitMethods(in writer: inout SourceWriter) {
    writer.line("/// The methods of `\(service.fullName)`.")
    writer.block("\(visibility) nonisolated enum \(name)Methods") { writer in
      writer.line("\(visibility) static let service = \"\(service.fullName)\"")
      for method in service.methods {
        writer.line("\(visibility) static let \(methodName(method)) = RPC::MethodDescriptor(")
        let idempotency = method.idempotencyCase.map { ", idempotency: .\($0)" } ?? ""
        let memory = options.decodingMemory.map { ", decodingMemory: \($0)" } ?? ""
        writer.line(
          "  service: service, method: \"\(method.name)\", kind: .\(method.kind)"
            + "\(idempotency)\(memory)\(Self.customOptions(method)))")
      }
    }
  }

  private static func customOptions(_ method: SchemaService.Method) -> String {
    if method.customOptions.isEmpty { return "" }
    let options = method.customOptions.sorted { $0.key < $1.key }
    return ", customOptions: ["
      + options.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "]"
  }

  // MARK: Server

  private func emitServer(in writer: inout SourceWriter) {
    writer.documentation(
      service.comment,
      last: "Serves `\(service.fullName)`. A method that is left out answers UNIMPLEMENTED.")
    writer.block("\(visibility) protocol \(name)Server: RPC::RegistrableService") { writer in
      for (position, method) in service.methods.enumerated() {
        if position > 0 { writer.line() }
        writer.documentation(method.comment)
        writer.line("func \(methodName(method))(")
        writer.line("  \(Self.serverParameters(method))")
        writer.line(") \(Self.serverResult(method))")
        if method.isUnary { emitAtOnce(method, in: &writer) }
      }
    }
    writer.line()
    writer.block("nonisolated extension \(name)Server") { writer in
      for method in service.methods {
        writer.line("\(visibility) func \(methodName(method))(")
        writer.line("  \(Self.serverParameters(method))")
        writer.block(") \(Self.serverResult(method))") { writer in
          writer.line("throw \(Self.unimplemented(method, of: service))")
        }
        writer.line()
      }
      for method in service.methods where method.isUnary {
        writer.line("\(visibility) func \(methodName(method))(")
        writer.line("  \(atOnceParameters(method))")
        writer.line(") throws -> \(atOnceResult(method)) { nil }")
        writer.line()
      }
      writer.block("\(visibility) func register(in router: inout RPC::Router)") { writer in
        if let descriptor { writer.line("router.add(\(descriptor).self)") }
        for method in service.methods { register(method, in: &writer) }
      }
    }
  }

  static func serverParameters(_ method: SchemaService.Method) -> String {
    let request =
      method.clientStreaming
      ? "_ requests: RPC::RequestStream<\(method.input.swiftName)>"
      : "_ request: \(method.input.swiftName)"
    let responses =
      method.serverStreaming ? ", responses: RPC::ResponseWriter<\(method.output.swiftName)>" : ""
    return request + responses + ", context: RPC::ServerContext"
  }

  static func serverResult(_ method: SchemaService.Method) -> String {
    "async throws" + (method.serverStreaming ? "" : " -> " + method.output.swiftName)
  }

  /// The error of a method that a service does not implement, in the router's words for one that it
  /// does not know.
  static func unimplemented(_ method: SchemaService.Method, of service: SchemaService) -> String {
    let message = "method \(method.name) of service \(service.fullName) is not implemented"
    return "RPC::RPCError(.unimplemented, \"\(message)\")"
  }

  /// The synchronous variant of a unary method.
  private func emitAtOnce(_ method: SchemaService.Method, in writer: inout SourceWriter) {
    writer.line()
    writer.line(
      "/// `\(method.name)` for calls that need not wait: see `RPC.Router`. The default is nil.")
    writer.line("nonisolated func \(methodName(method))(")
    writer.line("  \(atOnceParameters(method))")
    writer.line(") throws -> \(atOnceResult(method))")
  }

  private func atOnceParameters(_ method: SchemaService.Method) -> String {
    "_ request: \(method.input.swiftName), atOnce context: RPC::ServerContext"
  }

  private func atOnceResult(_ method: SchemaService.Method) -> String {
    "RPC::EncodedMessage<\(method.output.swiftName)>?"
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
    writer.block("\(visibility) nonisolated struct \(name)Client: Swift::Sendable") { writer in
      writer.line("private let client: RPC::RPCClient")
      writer.line()
      writer.line("\(visibility) init(_ client: RPC::RPCClient) { self.client = client }")
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
    let options = "options: RPC::CallOptions = RPC::CallOptions()"
    var closure = ""
    switch (method.clientStreaming, method.serverStreaming) {
    case (false, false): break
    case (true, false):
      closure =
        "_ send: nonisolated(nonsending) (RPC::RequestWriter<\(input)>) async throws -> Swift::Void"
    case (false, true):
      closure =
        "_ receive: nonisolated(nonsending) (RPC::ResponseStream<\(output)>) async throws -> Result"
    case (true, true):
      let streams = "RPC::RequestWriter<\(input)>, RPC::ResponseStream<\(output)>"
      closure = "_ talk: nonisolated(nonsending) (\(streams)) async throws -> Result"
    }
    let generic = method.serverStreaming ? "<Result>" : ""
    let result = method.serverStreaming ? "Result" : output
    writer.documentation(method.comment)
    let isolation = "nonisolated(nonsending)"
    writer.line("\(visibility) \(isolation) func \(methodName(method))\(generic)(")
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

  /// The case of `RPC.MethodDescriptor.Idempotency`; nil where the contract promises nothing.
  fileprivate var idempotencyCase: String? {
    switch idempotency {
    case .noSideEffects: "noSideEffects"
    case .idempotent: "idempotent"
    default: nil
    }
  }

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
