import EventLoop
import RPC
import RPCCompression
import RPCHTTP2

/// Forwards every call to another server until SIGTERM or SIGINT: a proxy that knows none of the
/// methods.
enum InteropProxy {
  @concurrent
  static func run(_ options: ProxyOptions) async throws {
    let loops = try EventLoopGroup(count: 1)
    // One loop: a call of the proxy goes on where the call that it forwards came in.
    let channel = HTTP2Channel(target: options.backend, loop: loops.loops[0])
    let client = RPCClient(transport: channel, encodings: ZlibEncoding.all)
    let transport = try HTTP2ServerTransport(addresses: [options.address], loops: loops.loops)
    let server = RPCServer(
      transports: [transport], services: [], encodings: ZlibEncoding.all,
      unregisteredMethods: ForwardingHandler(to: client))
    let signals = try Signals([.terminate, .interrupt], on: loops.loops[0]) { _ in
      server.beginGracefulShutdown()
    }
    StandardStream.output.write("listening on \(transport.listeningAddresses[0])\n")
    async let connections: Void = client.run()
    try await server.serve()
    client.beginGracefulShutdown()
    try await connections
    signals.stop()
    await loops.shutdown()
  }
}
