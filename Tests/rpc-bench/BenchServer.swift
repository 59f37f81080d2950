import EventLoop
import InteropMessages
import RPC
import RPCHTTP2

/// Serves `grpc.testing.TestService` until SIGTERM or SIGINT.
enum BenchServer {
  @concurrent
  static func run() async throws {
    let loops = try EventLoopGroup(count: 1)
    guard let address = SocketAddress(host: "127.0.0.1", port: 0) else { return }
    let transport = try HTTP2ServerTransport(addresses: [address], loops: loops.loops)
    let server = RPCServer(transports: [transport], services: [BenchService()])
    let signals = try Signals([.terminate, .interrupt], on: loops.loops[0]) { _ in
      server.beginGracefulShutdown()
    }
    guard case .some((_, let port)) = SocketAddress.split("\(transport.listeningAddresses[0])")
    else { return }
    StandardStream.output.write("\(port)\n")
    try await server.serve()
    signals.stop()
    await loops.shutdown()
  }
}

struct BenchService: TestServiceServer {
  /// One message for one, the payload back.
  func fullDuplexCall(
    _ requests: RequestStream<StreamingOutputCallRequest>,
    responses: ResponseWriter<StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    for try await request in requests {
      try await responses.write(StreamingOutputCallResponse(payload: request.payload))
    }
  }

  /// `interval_us` messages of the size of the first of the parameters.
  func streamingOutputCall(
    _ request: StreamingOutputCallRequest,
    responses: ResponseWriter<StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    guard let parameters = request.responseParameters.first else { return }
    let body = [UInt8](repeating: 7, count: Int(parameters.size))
    for _ in 0..<parameters.intervalUs {
      try await responses.write(StreamingOutputCallResponse(payload: Payload(body: body)))
    }
  }

  func unaryCall(
    _ request: SimpleRequest, context: ServerContext
  ) async throws -> SimpleResponse { SimpleResponse(payload: request.payload) }

  /// The same, in a task of its own.
  func cacheableUnaryCall(
    _ request: SimpleRequest, context: ServerContext
  ) async throws -> SimpleResponse { SimpleResponse(payload: request.payload) }

  nonisolated func unaryCall(
    _ request: SimpleRequest, atOnce context: ServerContext
  ) throws -> EncodedMessage<SimpleResponse>? {
    EncodedMessage(SimpleResponse(payload: request.payload))
  }
}
