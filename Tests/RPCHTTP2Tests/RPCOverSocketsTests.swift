import EventLoop
import HTTP2
import Protobuf
import RPC
import RPCHTTP2
import Testing

/// The server and the client of the RPC core over both transports of this module.
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

  @Test(
    "requests of a connection take turns when the server holds too much, and none is refused",
    arguments: [1, 100_000, 3_000_000])
  func takesTurns(eager: Int) async throws {
    var limits = RPCLimits()
    limits.maxEagerRequestBytes = eager
    try await withEcho(limits: limits) { client in
      // Each is more than a stream's window, and all are more than the connection's.
      let large = text(String(repeating: "x", count: 600_000))
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<20 {
          group.addTask {
            if number.isMultiple(of: 4) {
              let reply: StringValue = try await client.clientStreaming(
                Echo.collect, options: .init()
              ) { (requests: RequestWriter<StringValue>) in try await requests.write(large) }
              return reply == large
            }
            let reply: StringValue = try await client.unary(Echo.unary, large, options: .init())
            return reply == large
          }
        }
        for try await isEqual in group { #expect(isEqual) }
      }
    }
  }

  @Test func `who brings more than is bearable is refused, and what it held is let go`()
    async throws
  {
    var limits = RPCLimits()
    limits.maxEagerRequestBytes = 1
    limits.maxHeldRequestBytes = 1_000_000
    try await withEcho(limits: limits) { client in
      let large = text(String(repeating: "x", count: 1_000_000))
      let codes = await withTaskGroup(of: StatusCode?.self) { group in
        for _ in 0..<20 {
          group.addTask {
            do {
              let _: StringValue = try await client.unary(Echo.unary, large, options: .init())
              return nil
            } catch {
              return (error as? RPCError)?.code
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      // Twenty windows are more than the budget of a million; the call whose turn it is goes on.
      #expect(codes.contains(.resourceExhausted))
      #expect(codes.contains(nil))
      #expect(codes.allSatisfy { $0 == nil || $0 == .resourceExhausted })
      for _ in 0..<5 {
        let reply: StringValue = try await client.unary(Echo.unary, large, options: .init())
        #expect(reply == large)
      }
    }
  }

  @Test func `a greedy connection leaves handlers for others, and for health`() async throws {
    var limits = RPCLimits()
    limits.maxHandlersInFlight = 40
    try await withEcho(limits: limits) { greedy, address, loop in
      let refused = Box(0)
      let hanging = (0..<60).map { _ in
        Task {
          do {
            let _: StringValue = try await greedy.unary(Echo.hang, text(""), options: .init())
          } catch let error as RPCError where error.code == .resourceExhausted {
            refused.update { $0 += 1 }
          }
        }
      }
      // Two of the forty calls are reserved for health checks.
      while refused.current < 22 { try await Task.sleep(for: .milliseconds(1)) }
      let reply: StringValue = try await greedy.unary(Echo.health, text("ok"), options: .init())
      #expect(reply.value == "ok")
      let connection = HTTP2ClientTransport(address: address, loop: loop)
      let running = Task { try await connection.run() }
      let other = RPCClient(transport: connection)
      let answer: StringValue = try await other.unary(Echo.unary, text("mine"), options: .init())
      #expect(answer.value == "mine")
      #expect(refused.current == 22)
      connection.beginGracefulShutdown()
      try await running.value
      for task in hanging { task.cancel() }
      for task in hanging { _ = await task.result }
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

  private func withEcho(
    limits: RPCLimits = .init(), _ body: (RPCClient) async throws -> Void
  ) async throws {
    try await withEcho(limits: limits) { client, _, _ in try await body(client) }
  }

  private func withEcho(
    limits rpc: RPCLimits, _ body: (RPCClient, SocketAddress, EventLoop) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 2)
    let loopback = try #require(SocketAddress("127.0.0.1:0"))
    // The reader is a task of the shared pool, which other tests can keep busy for a long time.
    var limits = ConnectionLimits()
    limits.stalledWriteTimeout = .seconds(3600)
    let transport = try HTTP2ServerTransport(
      addresses: [loopback], loops: [loops.loops[0]], limits: limits)
    let server = RPCServer(transports: [transport], services: [Echo()], limits: rpc)
    let serving = Task { try await server.serve() }
    let connection = HTTP2ClientTransport(
      address: transport.listeningAddresses[0], loop: loops.loops[1])
    let running = Task { try await connection.run() }
    let address = transport.listeningAddresses[0]
    try await body(RPCClient(transport: connection), address, loops.loops[1])
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
  static let health = MethodDescriptor(
    service: "grpc.health.v1.Health", method: "Check", kind: .unary)
  static let unknown = MethodDescriptor(service: name, method: "Unknown", kind: .unary)
  static let collect = MethodDescriptor(service: name, method: "Collect", kind: .clientStreaming)
  static let expand = MethodDescriptor(service: name, method: "Expand", kind: .serverStreaming)
  static let chat = MethodDescriptor(
    service: name, method: "Chat", kind: .bidirectionalStreaming)

  func register(in router: inout Router) {
    router.unary(Self.unary) { (request: StringValue, _) -> StringValue in request }
    router.unary(Self.health) { (request: StringValue, _) -> StringValue in request }
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
