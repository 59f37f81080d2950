import EventLoop
import RPC
import RPCCompression
import RPCHTTP2
import TLS

/// Serves `grpc.testing.TestService` until SIGTERM or SIGINT.
enum InteropServer {
  @concurrent
  static func run(_ options: ServerOptions) async throws {
    let loops = try EventLoopGroup(count: ProcessorCount.available)
    let transport = try HTTP2ServerTransport(
      addresses: [options.address], loops: loops.loops, tls: options.tls)
    let load = ReportedLoad()
    let server = RPCServer(
      transports: [transport], services: [TestService(load: load), LoadReportService(load: load)],
      encodings: ZlibEncoding.all)
    let signals = try Signals([.terminate, .interrupt], on: loops.loops[0]) { _ in
      server.beginGracefulShutdown()
    }
    StandardStream.output.write("listening on \(transport.listeningAddresses[0])\n")
    try await server.serve()
    signals.stop()
    await loops.shutdown()
  }
}
