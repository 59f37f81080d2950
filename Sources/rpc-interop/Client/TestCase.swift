/// The test cases by their names in gRPC's document (grpc/doc/interop-test-descriptions.md); those
/// with TLS or credentials are left out, and so is `cacheable_unary`, which calls with HTTP GET.
enum TestCase: String, CaseIterable {
  case emptyUnary = "empty_unary"
  case largeUnary = "large_unary"
  case clientCompressedUnary = "client_compressed_unary"
  case serverCompressedUnary = "server_compressed_unary"
  case clientStreaming = "client_streaming"
  case clientCompressedStreaming = "client_compressed_streaming"
  case serverStreaming = "server_streaming"
  case serverCompressedStreaming = "server_compressed_streaming"
  case pingPong = "ping_pong"
  case emptyStream = "empty_stream"
  case customMetadata = "custom_metadata"
  case statusCodeAndMessage = "status_code_and_message"
  case specialStatusMessage = "special_status_message"
  case unimplementedMethod = "unimplemented_method"
  case unimplementedService = "unimplemented_service"
  case cancelAfterBegin = "cancel_after_begin"
  case cancelAfterFirstResponse = "cancel_after_first_response"
  case timeoutOnSleepingServer = "timeout_on_sleeping_server"
  case orcaPerRPC = "orca_per_rpc"
  case orcaOOB = "orca_oob"
  case rpcSoak = "rpc_soak"
  case channelSoak = "channel_soak"
}

extension TestCase {
  /// Runs the case; throws if the server does not do what it should.
  func run(_ client: InteropClient, _ options: ClientOptions) async throws {
    switch self {
    case .emptyUnary: try await client.emptyUnary()
    case .largeUnary: try await client.largeUnary()
    case .clientCompressedUnary: try await client.clientCompressedUnary()
    case .serverCompressedUnary: try await client.serverCompressedUnary()
    case .clientStreaming: try await client.clientStreaming()
    case .clientCompressedStreaming: try await client.clientCompressedStreaming()
    case .serverStreaming: try await client.serverStreaming()
    case .serverCompressedStreaming: try await client.serverCompressedStreaming()
    case .pingPong: try await client.pingPong()
    case .emptyStream: try await client.emptyStream()
    case .customMetadata: try await client.customMetadata()
    case .statusCodeAndMessage: try await client.statusCodeAndMessage()
    case .specialStatusMessage: try await client.specialStatusMessage()
    case .unimplementedMethod: try await client.unimplementedMethod()
    case .unimplementedService: try await client.unimplementedService()
    case .cancelAfterBegin: try await client.cancelAfterBegin()
    case .cancelAfterFirstResponse: try await client.cancelAfterFirstResponse()
    case .timeoutOnSleepingServer: try await client.timeoutOnSleepingServer()
    case .orcaPerRPC: try await client.orcaPerRPC()
    case .orcaOOB: try await client.orcaOOB()
    case .rpcSoak: try await SoakTest(options: options.soak) { try await $0(client) }.run()
    case .channelSoak:
      try await SoakTest(options: options.soak) { call in
        try await InteropClient.withClient(options, on: client.loop, call)
      }.run()
    }
  }
}
