import EventLoop
import Testing

@Suite(.timeLimit(.minutes(2))) struct SocketAddressTests {
  @Test(arguments: [
    "127.0.0.1:50051", "0.0.0.0:0", "[::1]:0", "[2001:db8::17]:65535", "unix:/run/trackd.sock",
    "unix:relative", "unix-abstract:name", "unix-abstract:/a/b",
  ])
  func `an address reads back as it is written`(text: String) {
    #expect(SocketAddress(text)?.description == text)
  }

  @Test(arguments: [
    "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "::1:80",
    "[::1]", "[::1:80", "::1]:80", "localhost:80", ":80", "256.0.0.1:80", "unix:", "[]:80",
    "127.0.0.1\u{0}:80", "unix:a\u{0}b", "unix-abstract:", "unix-abstract:a\u{0}b",
    "unix-abstract:" + String(repeating: "x", count: 108),
    "unix:" + String(repeating: "x", count: 108),
  ])
  func `what is no address is refused`(text: String) {
    #expect(SocketAddress(text) == nil)
  }

  @Test(arguments: [
    ("127.0.0.1:4711", "ipv4:127.0.0.1:4711"), ("[::1]:4711", "ipv6:[::1]:4711"),
    ("[::ffff:10.0.0.1]:80", "ipv4:10.0.0.1:80"),
  ])
  func `a peer is named as gRPC names it`(text: String, name: String) {
    #expect(SocketAddress(text)?.peerDescription == name)
  }

  @Test func `names are resolved`() async throws {
    let resolver = try HostResolver()
    let addresses = try await resolver.resolve("localhost:80")
    #expect(addresses.allSatisfy { $0.port == 80 })
    #expect(try await resolver.resolve("127.0.0.1:1") == [SocketAddress("127.0.0.1:1")])
    await resolver.shutdown()
  }

  @Test(arguments: ["no-such-host.invalid:80", "localhost", "a b:80"])
  func `names that do not exist are errors`(text: String) throws {
    #expect(throws: HostResolver.Failure.self) { try HostResolver.resolveBlocking(text) }
  }
}
