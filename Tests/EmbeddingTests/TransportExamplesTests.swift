import EventLoop
import Foundation
import Protobuf
import RPC
import RPCHTTP2
import TestMessages
import Testing

/// The examples in the documentation comments of the transports, word for word.
@Suite(.timeLimit(.minutes(2))) struct TransportExamplesTests {
  private static func serve(_ service: EchoService, at address: SocketAddress) async throws {
    let loops = try EventLoopGroup(count: ProcessorCount.available)
    let transport = try HTTP2ServerTransport(addresses: [address], loops: loops.loops)
    let server = RPCServer(transports: [transport], services: [service])
    try await server.serve()
    await loops.shutdown()
  }

  private static func call(_ target: String) async throws -> Everything {
    let loop = try EventLoop(name: "calls")
    let client = RPCClient(transport: HTTP2Channel(target: target, loop: loop))
    async let running: Void = client.run()
    let answer = try await EchoClient(client).say(Everything())
    client.beginGracefulShutdown()
    try await running
    await loop.shutdown()
    return answer
  }

  @Test func `the server and the channel of the examples talk to each other`() async throws {
    let path = FileManager.default.temporaryDirectory.appending(
      path: "\(UUID().uuidString.prefix(8)).sock")
    let serving = Task { try await Self.serve(EchoService(), at: .unix(path: path.path)) }
    while !FileManager.default.fileExists(atPath: path.path) { await Task.yield() }
    _ = try await Self.call("unix:\(path.path)")
    serving.cancel()
    _ = await serving.result
  }

  @Test(arguments: ["Server/HTTP2ServerTransport.swift", "Client/HTTP2Channel.swift"])
  func `the examples are those of the documentation`(file: String) throws {
    let here = URL(filePath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let comment = try String(
      contentsOf: root.appending(path: "Sources/RPCHTTP2/\(file)"), encoding: .utf8)
    var rest = try String(contentsOf: here, encoding: .utf8)[...]
    let lines = comment.components(separatedBy: "\n").drop { $0 != "/// ```swift" }.dropFirst()
      .prefix { $0 != "/// ```" }
    #expect(lines.count >= 5)
    for line in lines {
      let code = line.dropFirst(3).trimmingCharacters(in: .whitespaces)
      let place = try #require(rest.range(of: code), "not tested: \(code)")
      rest = rest[place.upperBound...]
    }
  }
}
