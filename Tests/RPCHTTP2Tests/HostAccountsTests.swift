import EventLoop
import RPC
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct HostAccountsTests {
  @Test(
    "only a Unix socket is privileged",
    arguments: [(nil, false), ("127.0.0.1:1", false), ("[::1]:1", false), ("unix:/tmp/s", true)])
  func privilege(peer: String?, isPrivileged: Bool) throws {
    let address = try peer.map { try #require(SocketAddress($0)) }
    let accounts = HostAccounts()
    let account = accounts.opened(PeerHost(address), IntakeTurns())
    #expect(account.isPrivileged == isPrivileged)
  }

  @Test func `a host is known as long as it has connections`() {
    let accounts = HostAccounts()
    let hosts: [PeerHost] = [.unix, .unknown, .address(.ipv4(host: 1, port: 0))]
    for host in hosts + hosts { _ = accounts.opened(host, IntakeTurns()) }
    #expect(accounts.hostCount == 3)
    for host in hosts { accounts.closed(host) }
    #expect(accounts.hostCount == 3)
    for host in hosts { accounts.closed(host) }
    #expect(accounts.hostCount == 0)
  }

  @Test func `a connection that is closed counts no more`() async throws {
    try await ContextFixture.run(ConnectionLimits()) { fixture in
      try await fixture.client { _ in
        #expect(await fixture.count { $0.hostAccounts?.hostCount ?? -1 } == 1)
      }
      await fixture.wait { $0.hostAccounts?.hostCount == 0 }
    }
  }

  @Test func `ports of a host are one host, and nobody else is`() {
    let one = PeerHost(.ipv4(host: 1, port: 1))
    #expect(one == PeerHost(.ipv4(host: 1, port: 2)))
    #expect(one != PeerHost(.ipv4(host: 2, port: 1)))
    #expect(PeerHost(nil) != PeerHost(.unix(path: "")))
    #expect(PeerHost(.unix(path: "")) == .unix)
  }
}
