import EventLoop
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct ChannelTargetTests {
  private static func name(_ host: String, _ port: UInt16) -> ChannelTarget.Place {
    .name(host: host, port: port)
  }

  private static func addresses(_ texts: String...) -> ChannelTarget.Place {
    .addresses(texts.compactMap { SocketAddress($0) })
  }

  static let table: [(String, ChannelTarget.Place, String)] = [
    ("dns:///tracks.example:50051", name("tracks.example", 50051), "tracks.example:50051"),
    ("dns:tracks.example:50051", name("tracks.example", 50051), "tracks.example:50051"),
    ("tracks.example:50051", name("tracks.example", 50051), "tracks.example:50051"),
    ("DNS:///tracks.example", name("tracks.example", 443), "tracks.example"),
    ("tracks.example", name("tracks.example", 443), "tracks.example"),
    ("dns:///my%2Dhost:1", name("my-host", 1), "my-host:1"),
    ("dns:///[fe80::1%25eth0]:80", name("fe80::1%eth0", 80), "[fe80::1%25eth0]:80"),
    ("127.0.0.1:50051", addresses("127.0.0.1:50051"), "127.0.0.1:50051"),
    ("dns:///127.0.0.1", addresses("127.0.0.1:443"), "127.0.0.1"),
    ("[::1]:50051", addresses("[::1]:50051"), "[::1]:50051"),
    ("::1", addresses("[::1]:443"), "[::1]"),
    ("ipv4:10.0.0.1:80,10.0.0.2", addresses("10.0.0.1:80", "10.0.0.2:443"), "10.0.0.1:80"),
    ("ipv4:///10.0.0.1:80", addresses("10.0.0.1:80"), "10.0.0.1:80"),
    ("ipv6:[::1]:80,[2001:db8::17]", addresses("[::1]:80", "[2001:db8::17]:443"), "[::1]:80"),
    ("ipv6:2001:db8::17", addresses("[2001:db8::17]:443"), "[2001:db8::17]"),
    ("ipv6:%5B::1%5D:80", addresses("[::1]:80"), "[::1]:80"),
    ("unix:run/trackd.sock", addresses("unix:run/trackd.sock"), "localhost"),
    ("unix:/run/trackd.sock", addresses("unix:/run/trackd.sock"), "localhost"),
    ("unix:///run/a%20b", addresses("unix:/run/a b"), "localhost"),
    ("unix-abstract:trackd", addresses("unix-abstract:trackd"), "localhost"),
    ("unix-abstract:///a/b", addresses("unix-abstract:/a/b"), "localhost"),
  ]

  @Test(arguments: table)
  func `a target is read as gRPC's document says`(
    text: String, place: ChannelTarget.Place, authority: String
  ) throws {
    let target = try ChannelTarget(text)
    #expect(target.place == place)
    #expect(target.authority == authority)
    #expect(target.description == text)
  }

  @Test(arguments: [
    ("", "it is empty"), ("a\u{0}b", "it has a NUL"),
    ("https://tracks.example", "there is no scheme 'https'"),
    ("xds:///tracks", "there is no scheme 'xds'"),
    ("dns://8.8.8.8/tracks.example", "a DNS server of its own is not supported"),
    ("dns://tracks.example:80", "a host stands between the slashes: dns:///tracks.example:80"),
    ("unix://run/trackd.sock", "a host stands between the slashes: unix:///run/trackd.sock"),
    ("dns:///a%zz", "its percent-encoding is malformed"), ("dns:///", "the host is missing"),
    (":80", "the host is missing"), ("[]:80", "the host is missing"),
    ("[::1", "']' is missing"), ("[::1]80", "a port is written behind a colon"),
    ("tracks:0", "'0' is no port"), ("tracks:65536", "'65536' is no port"),
    ("tracks:", "'' is no port"), ("tracks:+1", "'+1' is no port"),
    ("a b:80", "'a b' is no name of a host"), ("tröckd:80", "'tröckd' is no name of a host"),
    ("1:2:3", "'1:2:3' is no IPv6 address"), ("ipv4:tracks:80", "'tracks:80' is no ipv4 address"),
    ("ipv4:[::1]:80", "'[::1]:80' is no ipv4 address"), ("ipv4:10.0.0.1,", "the host is missing"),
    ("ipv6:127.0.0.1:80", "'127.0.0.1:80' is no ipv6 address"),
    ("unix:", "a socket's name has 1 to 107 bytes"),
    ("unix-abstract:" + String(repeating: "x", count: 108), "a socket's name has 1 to 107 bytes"),
    ("unix:a%00b", "a socket's name has 1 to 107 bytes, and no NUL"),
  ])
  func `what is no target is refused in words`(text: String, reason: String) {
    let fault = #expect(throws: ChannelTarget.Malformed.self) { try ChannelTarget(text) }
    #expect(fault?.reason.hasPrefix(reason) == true, "\(fault?.reason ?? "")")
    #expect(fault?.description.hasPrefix("'\(text)' is no target: ") == true)
  }

  @Test func `an address is a target as it is`() {
    let path = ChannelTarget(.unix(path: "/tmp/100%"))
    #expect(path.place == .addresses([.unix(path: "/tmp/100%")]))
    #expect(path.authority == "localhost")
    #expect(SocketAddress("[::1]:7").map { ChannelTarget($0).authority } == "[::1]:7")
  }
}
