public import Protobuf
public import RPC

// Written by hand, but word for word as the generator writes a service with the four kinds of
// methods.

/// A service with a method of each kind.
public protocol EchoServer: RegistrableService {
  func unary(_ request: StringValue, context: ServerContext) async throws -> StringValue
  func collect(
    _ requests: RequestStream<StringValue>, context: ServerContext
  ) async throws -> StringValue
  func expand(
    _ request: StringValue, responses: ResponseWriter<StringValue>, context: ServerContext
  ) async throws
  func chat(
    _ requests: RequestStream<StringValue>, responses: ResponseWriter<StringValue>,
    context: ServerContext
  ) async throws
}

extension EchoServer {
  public func register(in router: inout Router) {
    router.unary(EchoMethods.unary) { (request: StringValue, context) -> StringValue in
      try await self.unary(request, context: context)
    }
    router.clientStreaming(EchoMethods.collect) {
      (requests: RequestStream<StringValue>, context) -> StringValue in
      try await self.collect(requests, context: context)
    }
    router.serverStreaming(EchoMethods.expand) {
      (request: StringValue, responses: ResponseWriter<StringValue>, context) in
      try await self.expand(request, responses: responses, context: context)
    }
    router.bidirectionalStreaming(EchoMethods.chat) {
      (
        requests: RequestStream<StringValue>, responses: ResponseWriter<StringValue>, context
      ) in
      try await self.chat(requests, responses: responses, context: context)
    }
  }
}

/// The methods of `test.v1.Echo`.
public enum EchoMethods {
  public static let unary = MethodDescriptor(
    service: "test.v1.Echo", method: "Unary", kind: .unary, idempotency: .noSideEffects)
  public static let collect = MethodDescriptor(
    service: "test.v1.Echo", method: "Collect", kind: .clientStreaming)
  public static let expand = MethodDescriptor(
    service: "test.v1.Echo", method: "Expand", kind: .serverStreaming)
  public static let chat = MethodDescriptor(
    service: "test.v1.Echo", method: "Chat", kind: .bidirectionalStreaming)
}

public struct EchoClient: Sendable {
  private let client: RPCClient

  public init(_ client: RPCClient) { self.client = client }

  public func unary(
    _ request: StringValue, options: CallOptions = CallOptions()
  ) async throws -> StringValue {
    try await client.unary(EchoMethods.unary, request, options: options)
  }

  public func collect(
    options: CallOptions = CallOptions(),
    _ send: (RequestWriter<StringValue>) async throws -> Void
  ) async throws -> StringValue {
    try await client.clientStreaming(EchoMethods.collect, options: options, send)
  }

  public func expand<Result>(
    _ request: StringValue, options: CallOptions = CallOptions(),
    _ receive: (ResponseStream<StringValue>) async throws -> Result
  ) async throws -> Result {
    try await client.serverStreaming(EchoMethods.expand, request, options: options, receive)
  }

  public func chat<Result>(
    options: CallOptions = CallOptions(),
    _ talk: (RequestWriter<StringValue>, ResponseStream<StringValue>) async throws -> Result
  ) async throws -> Result {
    try await client.bidirectionalStreaming(EchoMethods.chat, options: options, talk)
  }
}

extension StringValue {
  init(_ value: String) {
    self.init()
    self.value = value
  }
}
