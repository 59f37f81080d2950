import EventLoop
import HTTP2
import Protobuf
import RPC
import RPCHTTP2
import Testing

/// The RPC core's server and client over both transports of this module.
@Suite(.timeLimit(.minutes(2))) struct RPCOverSocketsTests {
  @Test func `a unary call`() async throws {
    try await withEcho { client in
      let reply: StringValue = try await client.unary(Echo.unary, text("hello"), options: .init())
      #expect(reply.value == "hello")
    }
  }

  @Test func `many large unary calls at once`() async throws {
    try await withEcho { client in
      let large = text(String(repeating: "ä", count: 500_000))
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 {
          group.addTask {
            let reply: StringValue = try await client.unary(Echo.unary, large, options: .init())
            return reply == large
          }
        }
        for try await isEqual in group { #expect(isEqual) }
      }
    }
  }

  @Test func `a client's stream`() async throws {
    try await withEcho { client in
      let reply: StringValue = try await client.clientStreaming(
        Echo.collect, options: .init()
      ) { (requests: RequestWriter<StringValue>) in
        for number in 0..<1000 { try await requests.write(text("\(number % 10)")) }
      }
      #expect(reply.value.count == 1000)
    }
  }

  @Test func `a server's stream that its reader holds back`() async throws {
    try await withEcho { client in
      let count = try await client.serverStreaming(
        Echo.expand, text("500"), options: .init()
      ) { (responses: ResponseStream<StringValue>) in
        var count = 0
        for try await response in responses {
          #expect(response.value.utf8.count == 10_000)
          count += 1
          if count.isMultiple(of: 100) { await Task.yield() }
        }
        return count
      }
      #expect(count == 500)
    }
  }

  @Test func `a bidirectional stream by turns`() async throws {
    try await withEcho { client in
      try await client.bidirectionalStreaming(
        Echo.chat, options: .init()
      ) { (requests: RequestWriter<StringValue>, responses: ResponseStream<StringValue>) in
        var replies = responses.makeAsyncIterator()
        for number in 0..<50 {
          try await requests.write(text("\(number)"))
          #expect(try await replies.next()?.value == "\(number)")
        }
        await requests.finish()
        #expect(try await replies.next() == nil)
      }
    }
  }

  @Test func `an unknown method is UNIMPLEMENTED`() async throws {
    try await withEcho { client in
      let error = await #expect(throws: RPCError.self) {
        let _: StringValue = try await client.unary(Echo.unknown, text(""), options: .init())
      }
      #expect(error?.code == .unimplemented)
    }
  }

  @Test func `a call that is cancelled again and again leaves the server well`() async throws {
    try await withEcho { client in
      for _ in 0..<300 {
        let call = Task {
          let _: StringValue = try await client.unary(Echo.hang, text(""), options: .init())
        }
        call.cancel()
        _ = await call.result
      }
      let reply: StringValue = try await client.unary(Echo.unary, text("still"), options: .init())
      #expect(reply.value == "still")
    }
  }

  private func withEcho(_ body: (RPCClient) async throws -> Void) async throws {
    let loops = try EventLoopGroup(count: 2)
    let loopback = try #require(SocketAddress("127.0.0.1:0"))
    // The reader is a task of the shared pool, which other tests can keep busy for long.
    var limits = ConnectionLimits()
    limits.stalledWriteTimeout = .seconds(3600)
    let transport = try HTTP2ServerTransport(
      addresses: [loopback], loops: [loops.loops[0]], limits: limits)
    let server = RPCServer(transports: [transport], services: [Echo()])
    let serving = Task { try await server.serve() }
    let connection = HTTP2ClientTransport(
      address: transport.listeningAddresses[0], loop: loops.loops[1])
    let running = Task { try await connection.run() }
    try await body(RPCClient(transport: connection))
    connection.beginGracefulShutdown()
    try await running.value
    server.beginGracefulShutdown()
    try await serving.value
    await loops.shutdown()
  }
}

private func text(_ value: String) -> StringValue {
  var message = StringValue()
  message.value = value
  return message
}

private struct Echo: RegistrableService {
  static let name = "test.Echo"
  static let unary = MethodDescriptor(service: name, method: "Unary", kind: .unary)
  static let hang = MethodDescriptor(service: name, method: "Hang", kind: .unary)
  static let unknown = MethodDescriptor(service: name, method: "Unknown", kind: .unary)
  static let collect = MethodDescriptor(service: name, method: "Collect", kind: .clientStreaming)
  static let expand = MethodDescriptor(service: name, method: "Expand", kind: .serverStreaming)
  static let chat = MethodDescriptor(
    service: name, method: "Chat", kind: .bidirectionalStreaming)

  func register(in router: inout Router) {
    router.unary(Self.unary) { (request: StringValue, _) -> StringValue in request }
    router.unary(Self.hang) { (request: StringValue, _) -> StringValue in
      try await Task.sleep(for: .seconds(60))
      return request
    }
    router.clientStreaming(Self.collect) {
      (requests: RequestStream<StringValue>, _) -> StringValue in
      text(try await requests.reduce(into: "") { $0 += $1.value })
    }
    router.serverStreaming(Self.expand) {
      (request: StringValue, responses: ResponseWriter<StringValue>, _) in
      let message = text(String(repeating: "x", count: 10_000))
      for _ in 0..<(Int(request.value) ?? 0) { try await responses.write(message) }
    }
    router.bidirectionalStreaming(Self.chat) {
      (requests: RequestStream<StringValue>, responses: ResponseWriter<StringValue>, _) in
      for try await request in requests { try await responses.write(request) }
    }
  }
}
