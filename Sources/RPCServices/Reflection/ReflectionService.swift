import Protobuf
public import RPC
import Synchronization

/// `grpc.reflection.v1.ServerReflection` and its v1alpha: tells clients the contract of a server, so
/// that tools such as grpcurl and `buf curl` call it without files.
///
///     let services: [any RegistrableService] = [Greeter(), health]
///     let server = RPCServer(
///       transports: [listening], services: services + [ReflectionService(of: services)])
///
/// It knows the .proto files of the services and of gRPC's error details, and what they import, from
/// the descriptors in generated code. They are read when the first client asks.
///
/// Source: grpc/doc/server-reflection.md.
public struct ReflectionService: RegistrableService {
  private let reflection: ServerReflection

  /// - Parameter services: those of the server, reflection aside.
  public init(of services: [any RegistrableService]) {
    var router = Router()
    for service in services { service.register(in: &router) }
    reflection = ServerReflection(services: router.services, files: router.files)
  }

  public func register(in router: inout Router) {
    reflection.register(in: &router)
    router.bidirectionalStreaming(AlphaReflection.method) {
      [reflection] requests, responses, context in
      try await reflection.serverReflectionInfo(requests, responses: responses, context: context)
    }
  }
}

/// Answers both versions.
struct ServerReflection: ServerReflectionServer {
  /// Read by the first call that needs it.
  private final class Lazy: Sendable {
    private let kept = AtomicLazyReference<DescriptorIndex>()
    private let files: [any ProtoFile.Type]

    init(_ files: [any ProtoFile.Type]) { self.files = files }

    var index: DescriptorIndex {
      kept.load() ?? kept.storeIfNil(DescriptorIndex(files))
    }
  }

  private let services: [String]
  private let files: Lazy

  init(services: [String], files: [any ProtoFile.Type]) {
    let own = [ServerReflectionMethods.service, AlphaReflection.method.service]
    self.services = Set(services + own).sorted()
    self.files = Lazy(
      files + [RPC.File_google_rpc_error_details.self, RPC.File_google_rpc_status.self])
  }

  func serverReflectionInfo(
    _ requests: RequestStream<ServerReflectionRequest>,
    responses: ResponseWriter<ServerReflectionResponse>, context: ServerContext
  ) async throws {
    var sent: Set<String> = []
    for try await request in requests {
      var response = ServerReflectionResponse()
      response.validHost = request.host
      response.originalRequest = request
      response.messageResponse = answer(request.messageRequest, sent: &sent)
      try await responses.write(response)
    }
  }

  /// - Parameter sent: the files that the client has got in this call.
  private func answer(
    _ request: ServerReflectionRequest.MessageRequest?, sent: inout Set<String>
  ) -> ServerReflectionResponse.MessageResponse {
    let index = files.index
    switch request {
    case .fileByFilename(let path):
      return answer(index.file(path), "file \(path)", sent: &sent)
    case .fileContainingSymbol(let symbol):
      return answer(index.file(declaring: symbol), "symbol \(symbol)", sent: &sent)
    case .fileContainingExtension(let wanted):
      let (message, number) = (wanted.containingType, wanted.extensionNumber)
      let file = index.file(extending: message, number)
      return answer(file, "extension \(number) of \(message)", sent: &sent)
    case .allExtensionNumbersOfType(let message):
      guard let numbers = index.extensionNumbers(of: message) else {
        return .errorResponse(.notFound("message \(message)"))
      }
      var response = ExtensionNumberResponse()
      response.baseTypeName = message
      response.extensionNumber = numbers
      return .allExtensionNumbersResponse(response)
    case .listServices:
      var response = ListServiceResponse()
      response.service = services.map { name in
        var service = ServiceResponse()
        service.name = name
        return service
      }
      return .listServicesResponse(response)
    case nil:
      return .errorResponse(ErrorResponse(.invalidArgument, "unknown kind of request"))
    }
  }

  private func answer(
    _ file: DescriptorIndex.File?, _ wanted: String, sent: inout Set<String>
  ) -> ServerReflectionResponse.MessageResponse {
    guard let file else { return .errorResponse(.notFound(wanted)) }
    var response = FileDescriptorResponse()
    response.fileDescriptorProto = files.index.withImports(file, sent: &sent).map(\.descriptor)
    return .fileDescriptorResponse(response)
  }
}

extension ErrorResponse {
  fileprivate init(_ code: StatusCode, _ message: String) {
    self.init()
    errorCode = Int32(code.rawValue)
    errorMessage = message
  }

  fileprivate static func notFound(_ wanted: String) -> ErrorResponse {
    ErrorResponse(.notFound, "unknown \(wanted)")
  }
}
