import Protobuf
import RPC

/// An echo service whose handlers a test can replace.
struct TestEcho: EchoServer {
  var onUnary: @Sendable (StringValue, ServerContext) async throws -> StringValue = { request, _ in
    request
  }
  var onCollect: @Sendable (RequestStream<StringValue>, ServerContext) async throws -> StringValue =
    { requests, _ in
      var all: [String] = []
      for try await request in requests { all.append(request.value) }
      return StringValue(all.joined(separator: "+"))
    }
  var onExpand:
    @Sendable (StringValue, ResponseWriter<StringValue>, ServerContext) async throws -> Void = {
      request, responses, _ in
      for part in request.value.split(separator: "+") {
        try await responses.write(StringValue(String(part)))
      }
    }
  var onChat:
    @Sendable (
      RequestStream<StringValue>, ResponseWriter<StringValue>, ServerContext
    ) async throws -> Void = { requests, responses, _ in
      for try await request in requests {
        try await responses.write(StringValue("re: " + request.value))
      }
    }

  func unary(_ request: StringValue, context: ServerContext) async throws -> StringValue {
    try await onUnary(request, context)
  }

  func collect(
    _ requests: RequestStream<StringValue>, context: ServerContext
  ) async throws -> StringValue {
    try await onCollect(requests, context)
  }

  func expand(
    _ request: StringValue, responses: ResponseWriter<StringValue>, context: ServerContext
  ) async throws {
    try await onExpand(request, responses, context)
  }

  func chat(
    _ requests: RequestStream<StringValue>, responses: ResponseWriter<StringValue>,
    context: ServerContext
  ) async throws {
    try await onChat(requests, responses, context)
  }
}
