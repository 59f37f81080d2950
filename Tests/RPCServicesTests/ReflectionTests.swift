import Protobuf
import RPC
import RPCInProcess
import Testing

@testable import RPCServices

@Suite(.timeLimit(.minutes(2))) struct ReflectionTests {
  typealias Request = ServerReflectionRequest.MessageRequest

  /// The answers to requests of one call, of a server with health and reflection.
  private func answers(
    _ requests: [Request?], to method: MethodDescriptor
  ) async throws -> [ServerReflectionResponse] {
    let loop = InProcessLoop()
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let services: [any RegistrableService] = [HealthService(HealthRegistry())]
    let server = RPCServer(
      transports: [transport.server], services: services + [ReflectionService(of: services)])
    let client = RPCClient(transport: transport.client)
    async let serving: Void = server.serve()
    var found: [ServerReflectionResponse] = []
    do {
      found = try await client.bidirectionalStreaming(method) {
        (
          writer: RequestWriter<ServerReflectionRequest>,
          responses: ResponseStream<ServerReflectionResponse>
        ) in
        for request in requests {
          var message = ServerReflectionRequest()
          message.host = "some.host"
          message.messageRequest = request
          try await writer.write(message)
        }
        await writer.finish()
        var found: [ServerReflectionResponse] = []
        for try await response in responses { found.append(response) }
        return found
      }
    } catch {
      Issue.record(error)
    }
    server.beginGracefulShutdown()
    try await serving
    return found
  }

  private static let methods = [
    ServerReflectionMethods.serverReflectionInfo, AlphaReflection.method,
  ]

  private func paths(_ response: ServerReflectionResponse) throws -> [String?] {
    guard case .fileDescriptorResponse(let files) = response.messageResponse else { return [] }
    return try files.fileDescriptorProto.map { try FileDescriptorProto(serialized: $0).name }
  }

  @Test(arguments: methods) func `each request is answered in turn`(
    method: MethodDescriptor
  ) async throws {
    let found = try await answers(
      [
        .listServices(""), .fileByFilename("grpc/health/v1/health.proto"),
        .fileContainingSymbol("grpc.health.v1.Health.Check"),
        .allExtensionNumbersOfType("grpc.health.v1.HealthCheckRequest"),
      ], to: method)
    try #require(found.count == 4)
    #expect(
      found.allSatisfy { $0.validHost == "some.host" && $0.originalRequest?.host == "some.host" })
    guard case .listServicesResponse(let list) = found[0].messageResponse else {
      Issue.record("\(found[0])")
      return
    }
    #expect(
      list.service.map(\.name) == [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
      ])
    #expect(try paths(found[1]) == ["grpc/health/v1/health.proto"])
    #expect(try paths(found[2]) == ["grpc/health/v1/health.proto"])
    var none = ExtensionNumberResponse()
    none.baseTypeName = "grpc.health.v1.HealthCheckRequest"
    #expect(found[3].messageResponse == .allExtensionNumbersResponse(none))
  }

  @Test func `imports are sent once in a call`() async throws {
    let found = try await answers(
      [
        .fileContainingSymbol("google.rpc.Status"), .fileContainingSymbol("google.rpc.Status"),
        .fileContainingSymbol("google.protobuf.Any"),
      ], to: ServerReflectionMethods.serverReflectionInfo)
    try #require(found.count == 3)
    #expect(try paths(found[0]) == ["google/rpc/status.proto", "google/protobuf/any.proto"])
    #expect(try paths(found[1]) == ["google/rpc/status.proto"])
    #expect(try paths(found[2]) == ["google/protobuf/any.proto"])
  }

  @Test(arguments: [
    (Request?.some(.fileByFilename("nothing.proto")), StatusCode.notFound),
    (.fileContainingSymbol("nothing"), .notFound),
    (.fileContainingExtension(ExtensionRequest()), .notFound),
    (.allExtensionNumbersOfType("nothing"), .notFound), (nil, .invalidArgument),
  ])
  func `a mistake is answered, and the call goes on`(
    request: Request?, code: StatusCode
  ) async throws {
    let found = try await answers(
      [request, .listServices("")], to: ServerReflectionMethods.serverReflectionInfo)
    try #require(found.count == 2)
    guard case .errorResponse(let error) = found[0].messageResponse else {
      Issue.record("\(found[0])")
      return
    }
    #expect(error.errorCode == Int32(code.rawValue))
    #expect(!error.errorMessage.isEmpty)
    guard case .listServicesResponse = found[1].messageResponse else {
      Issue.record("\(found[1])")
      return
    }
  }
}
