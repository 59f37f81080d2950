import EventLoop
import InteropMessages
import RPC
import RPCCompression
import RPCHTTP2

/// A channel to the server under test. Its extensions have the test cases, each as gRPC's document
/// describes it.
struct InteropClient: Sendable {
  let loop: EventLoop
  let tests: TestServiceClient
  let unimplemented: UnimplementedServiceClient
  let loads: OpenRcaServiceClient

  /// Runs a test case; throws if it fails.
  @concurrent
  static func run(_ options: ClientOptions) async throws {
    let loops = try EventLoopGroup(count: 1)
    try await withClient(options, on: loops.loops[0]) { client in
      do {
        try await options.testCase.run(client, options)
      } catch {
        throw Failure(description: "\(options.testCase.rawValue) failed: \(error)")
      }
    }
    await loops.shutdown()
    StandardStream.output.write("\(options.testCase.rawValue) passed\n")
  }

  /// Lends a channel of its own to `body`.
  static func withClient<Result: Sendable>(
    _ options: ClientOptions, on loop: EventLoop,
    _ body: (InteropClient) async throws -> Result
  ) async throws -> Result {
    var channelOptions = ChannelOptions()
    channelOptions.tls = options.tls
    let channel = HTTP2Channel(target: options.target, loop: loop, options: channelOptions)
    let client = RPCClient(
      transport: channel, authority: options.authority, encodings: ZlibEncoding.all,
      serviceConfig: options.serviceConfig)
    async let running: Void = client.run()
    let interop = InteropClient(
      loop: loop, tests: TestServiceClient(client),
      unimplemented: UnimplementedServiceClient(client), loads: OpenRcaServiceClient(client))
    let result = try await body(interop)
    client.beginGracefulShutdown()
    try await running
    return result
  }
}
