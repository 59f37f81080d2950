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

  /// One whose unary calls and chats wait until they are cancelled. A call signals that it has
  /// started, and that it is cancelled.
  static func waiting(
    _ started: Signal = Signal(), _ cancelled: Signal = Signal()
  ) -> TestEcho {
    @Sendable func wait() async throws {
      started.fire()
      await Signal().wait()
      cancelled.fire()
      try Task.checkCancellation()
    }
    var echo = TestEcho()
    echo.onUnary = { request, _ in
      try await wait()
      return request
    }
    echo.onChat = { _, _, _ in try await wait() }
    return echo
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
