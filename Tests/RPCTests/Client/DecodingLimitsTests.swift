import Protobuf
import RPC
import RPCInProcess
import Testing
import Wire

/// What decoding a message may cost, and what the errors of all limits say.
@Suite(.timeLimit(.minutes(2))) struct DecodingLimitsTests {
  private static let method = MethodDescriptor(
    service: "test.v1.Lists", method: "Get", kind: .unary)

  /// A list of so many numbers, each a submessage of 9 bytes.
  private static func list(_ count: Int) -> [UInt8] {
    let element: [UInt8] = [10, 9, 17, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * element.count)
    for _ in 0..<count { bytes += element }
    return bytes
  }

  /// Lists in lists.
  private static func nested(_ depth: Int) -> [UInt8] {
    var list = ListValue()
    for _ in 0..<depth {
      var outer = ListValue()
      outer.values = [Value(.listValue(list))]
      list = outer
    }
    return list.serialized()
  }

  private func get(
    _ message: [UInt8], method: MethodDescriptor = Self.method,
    options: CallOptions = CallOptions()
  ) async throws -> Result<Int, RPCError> {
    let script: [ScriptedServer.Step] = [
      .headers(ScriptedServer.goodHeaders), .data(frame(message)),
      .trailers(["grpc-status": "0"]),
    ]
    let loop = InProcessLoop()
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop, window: 8 << 20)
    let serving = Task { try await transport.server.run(ScriptedServer([script])) }
    let client = RPCClient(transport: transport.client)
    let result: Result<Int, RPCError>
    do {
      let list: ListValue = try await client.unary(method, ListValue(), options: options)
      result = .success(list.values.count)
    } catch {
      result = .failure(error as? RPCError ?? RPCError(.unknown))
    }
    serving.cancel()
    try await serving.value
    return result
  }

  @Test func `four megabytes of small submessages are a message like any other`() async throws {
    #expect(try await get(Self.list(380_000)).get() == 380_000)
  }

  @Test func `the limit in memory follows that of the message`() async throws {
    var options = CallOptions()
    options.maxReceiveMessageBytes = 6000
    #expect(try await get(Self.list(500), options: options).get() == 500)
    let empty = [UInt8](repeating: 0, count: 2000).indices.flatMap { _ in [10, 0] as [UInt8] }
    #expect(
      try await get(empty, options: options)
        == .failure(
          RPCError(
            .resourceExhausted,
            "the decoded form of a message takes more bytes than the limit of 192000, "
              + "CallOptions.decodingLimits.memory")))
  }

  @Test func `the call's limits come before the contract's, and those before the default`()
    async throws
  {
    let bounded = MethodDescriptor(
      service: "test.v1.Lists", method: "Get", kind: .unary, decodingMemory: 1000)
    let refused = try await get(Self.list(100), method: bounded)
    #expect(throws: RPCError.self) { try refused.get() }
    var options = CallOptions()
    options.decodingLimits = DecodingLimits(depth: 100, memory: 100_000)
    #expect(try await get(Self.list(100), method: bounded, options: options).get() == 100)
  }

  @Test func `depth is a limit as well`() async throws {
    var options = CallOptions()
    options.decodingLimits = DecodingLimits(depth: 10, memory: 1 << 20)
    #expect(
      try await get(Self.nested(6), options: options)
        == .failure(
          RPCError(
            .resourceExhausted,
            "the messages in a message are nested deeper than the limit of 10, "
              + "CallOptions.decodingLimits.depth")))
    #expect(try await get(Self.nested(5), options: options).get() == 1)
  }

  @Test func `the client's other limits name their options`() async throws {
    var options = CallOptions()
    options.maxReceiveMessageBytes = 10
    #expect(
      try await get(Self.list(1), options: options)
        == .failure(
          RPCError(
            .resourceExhausted,
            "a message of 11 bytes is larger than the limit of 10, "
              + "CallOptions.maxReceiveMessageBytes")))
    try await ScriptedServer.run([[]]) { client, _, _ in
      var options = CallOptions()
      options.maxSendMessageBytes = 2
      let error = await rpcError { try await client.unary(StringValue("x"), options: options) }
      #expect(
        error?.message == "a message of 3 bytes is larger than the limit of 2, "
          + "CallOptions.maxSendMessageBytes")
    }
  }

  /// A service that counts the elements of lists.
  private struct Lists: RegistrableService {
    var method = DecodingLimitsTests.method

    func register(in router: inout Router) {
      router.unary(method) { (list: ListValue, _) in StringValue("\(list.values.count)") }
    }
  }

  private func ask(
    _ message: [UInt8], _ limits: RPCLimits, _ lists: Lists = Lists()
  ) async throws -> RawCall.Response {
    try await TestBed.run(lists, limits: limits) { bed in
      let head = RawCall.head.with(":path", "/test.v1.Lists/Get")
      return await RawCall.exchange(bed, head: head, chunks: [frame(message)])
    }
  }

  @Test func `a server's limits name none of its program's options`() async throws {
    var limits = RPCLimits()
    limits.maxReceiveMessageBytes = 2000
    let memory = try await ask(Self.list(150), limits)
    #expect(memory.status == 8)
    #expect(
      memory.message == "the decoded form of a message takes more bytes than the limit of 16000")
    limits.decodingLimits = DecodingLimits(depth: 3, memory: 100_000)
    #expect(try await ask(Self.list(150), limits).body == frame("150"))
    let depth = try await ask(Self.nested(2), limits)
    #expect(
      depth.message == "the messages in a message are nested deeper than the limit of 3")
    let received = try await ask(Self.list(200), limits)
    #expect(
      received.message == "a message of 2200 bytes is larger than the limit of 2000")
    limits.maxSendMessageBytes = 2
    let sent = try await ask(Self.list(1), limits)
    #expect(sent.status == 8)
    #expect(
      sent.message == "a message of 3 bytes is larger than the limit of 2")
  }

  @Test func `a contract's limit counts at a server that has none`() async throws {
    let bounded = Lists(
      method: MethodDescriptor(
        service: "test.v1.Lists", method: "Get", kind: .unary, decodingMemory: 1000))
    var limits = RPCLimits()
    #expect(try await ask(Self.list(100), limits, bounded).status == 8)
    limits.decodingLimits = DecodingLimits(depth: 100, memory: 100_000)
    #expect(try await ask(Self.list(100), limits, bounded).body == frame("100"))
  }
}
