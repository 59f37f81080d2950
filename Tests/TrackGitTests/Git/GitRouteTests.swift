import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitRouteTests {
  private func server(_ url: String) throws -> RepositoryURL.Server {
    try #require(try RepositoryURL(url, allowsFiles: false).server)
  }

  private func router(
    _ rules: OutboundRules = OutboundRules(), hasProxy: Bool = false, _ addresses: String...
  ) -> GitRouter {
    let found = addresses.compactMap { IPAddress($0) }
    return GitRouter(rules: rules, hasProxy: hasProxy) { _ in
      if found.isEmpty { throw GitRouter.Unknown(reason: "no such name") }
      return found
    }
  }

  @Test(arguments: [
    (
      "https://Git.Example/x", false,
      ["git.example:443:8.8.8.8,[2a00::1]", "*:443:8.8.8.8,[2a00::1]"]
    ),
    (
      "https://git.example:8443/x", false,
      ["git.example:8443:8.8.8.8,[2a00::1]", "*:8443:8.8.8.8,[2a00::1]"]
    ),
    ("https://git.example/x", true, ["git.example:443:8.8.8.8,[2a00::1]"]),
    ("ssh://git@git.example/x", false, []),
  ])
  func `https gets all addresses`(_ url: String, _ hasProxy: Bool, _ pins: [String]) async throws {
    let route = try await router(hasProxy: hasProxy, "8.8.8.8", "2a00::1").route(to: server(url))
    #expect(
      route.settings(hasProxy: hasProxy) == pins.map { "http.curloptResolve=\($0)" })
  }

  @Test(arguments: [
    ("git@git.example:x", ["HostName=2a00::1", "HostKeyAlias=git.example"]),
    ("ssh://git.example:2222/x", ["HostName=2a00::1", "HostKeyAlias=[git.example]:2222"]),
    ("ssh://git.example:22/x", ["HostName=2a00::1", "HostKeyAlias=git.example"]),
    ("ssh://[2a00::9]/x", ["HostName=2a00::9", "HostKeyAlias=2a00::9"]),
    ("https://git.example/x", []),
  ])
  func `ssh gets one, and the name of the host's key`(_ url: String, _ options: [String])
    async throws
  {
    let route = try await router(OutboundRules(), "2a00::1", "8.8.8.8").route(to: server(url))
    #expect(route.sshOptions == options)
  }

  @Test(arguments: [
    (["10.0.0.1"], OutboundRules.Refusal.privateNetwork), (["127.0.0.1"], .loopback),
    (["169.254.169.254"], .never), (["8.8.8.8", "10.0.0.1"], .privateNetwork),
    (["8.8.8.8", "::ffff:127.0.0.1"], .loopback), (["2a00::1", "fe80::1"], .never),
  ])
  func `one address that is not allowed is enough`(
    _ addresses: [String], _ refusal: OutboundRules.Refusal
  ) async throws {
    let router = GitRouter(rules: OutboundRules(), hasProxy: false) { _ in
      addresses.compactMap { IPAddress($0) }
    }
    for url in ["https://git.example/x", "git@git.example:x"] {
      let error = await #expect(throws: GitRouter.Refused.self) {
        try await router.route(to: server(url))
      }
      #expect(error?.refusal == refusal)
      let failure = GitFailure.error(try #require(error))
      #expect(failure.kind == .refused && !failure.isTemporary)
      // Callers do not learn what the server's name servers tell.
      #expect(addresses.allSatisfy { !failure.message.contains($0) })
    }
  }

  @Test func `an address needs no name server, and is checked as well`() async throws {
    let router = GitRouter(rules: OutboundRules(), hasProxy: true) { _ in
      Issue.record("looked up")
      return []
    }
    let route = try await router.route(to: server("https://[2a00::1]:1/x"))
    #expect(route.settings(hasProxy: true) == ["http.curloptResolve=[2a00::1]:1:[2a00::1]"])
    await #expect(throws: GitRouter.Refused.self) {
      try await router.route(to: server("https://10.0.0.1/x"))
    }
    await #expect(throws: GitRouter.Refused.self) {
      try await router.route(to: server("https://localhost/x"))
    }
  }

  @Test func `only a proxy may know a host that nobody else does`() async throws {
    await #expect(throws: GitRouter.Unknown.self) {
      try await router().route(to: server("https://git.example/x"))
    }
    await #expect(throws: GitRouter.Unknown.self) {
      try await router(hasProxy: true).route(to: server("git@git.example:x"))
    }
    // Where the proxy does not apply, nothing answers.
    let route = try await router(hasProxy: true).route(to: server("https://git.example/x"))
    #expect(
      route.settings(hasProxy: true)
        == ["http.curloptResolve=git.example:443:255.255.255.255"])
    // What is known is checked all the same.
    await #expect(throws: GitRouter.Refused.self) {
      try await router(hasProxy: true, "10.0.0.1").route(to: server("https://git.example/x"))
    }
  }

  @Test(arguments: [
    (["https_proxy": "http://p:1"], true), (["ALL_PROXY": "socks5://p"], true),
    (["HTTPS_PROXY": ""], false), (["http_proxy": "http://p:1"], false), ([:], false),
  ])
  func `a proxy for https is one of the environment`(_ environment: [String: String], _ has: Bool) {
    #expect(GitEnvironment.hasProxy(environment) == has)
  }

  @Test func `a name is looked up once for a command, so that a second answer misleads nobody`()
    async throws
  {
    let asked = LookupCounter()
    let fixture = try GitFixture(lookup: { _ in
      asked.add() == 1 ? [.v4(0x0808_0808)] : [.v4(0x7F00_0001)]
    })
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      func ask() async -> IntegrationError? {
        await #expect(throws: IntegrationError.self) {
          try await source.resolve(.branch("main"), repositoryURL: "git@git.example:\(path)")
        }
      }
      #expect(await ask()?.kind == .notFound)
      let words = try #require(try fixture.ssh.log().first)
      #expect(words.contains("HostName=8.8.8.8|") && asked.value == 1)
      // The answer of the next command is another: ssh does not run.
      let error = await ask()
      #expect(error?.kind == .refused && asked.value == 2)
      #expect(try fixture.ssh.log().count == 1)
      #expect(
        fixture.events.all.contains {
          if case .failed(_, _, _, "the host has address 127.0.0.1") = $0 { true } else { false }
        })
    }
  }

  @Test func `the system's names are looked up off the loops`() async throws {
    let threads = BlockingThreadPool(name: "lookup", maximum: 1)
    let lookup = GitRouter.system(on: threads)
    let found = try await lookup("localhost")
    #expect(!found.isEmpty && found.allSatisfy { $0.addressClass == .loopback })
    await #expect(throws: GitRouter.Unknown.self) { try await lookup("no-such-host.invalid") }
    await threads.shutdown()
  }

  @Test func `local commands reach no server, and ssh needs known hosts`() async throws {
    let fixture = try GitFixture()
    let here = fixture.git.program(GitCommand("cat-file", "--batch"))
    #expect(here.environment["GIT_ALLOW_PROTOCOL"] == "none")
    #expect(here.environment["GIT_SSH_COMMAND"] == "false")
    let settings = GitSettings(dataDirectory: fixture.directory + "/other")
    let git = try Git(
      settings, environment: ProcessEnvironment.variables.merging(fixture.ssh.path) { $1 },
      budget: GitBudget(), lookup: { _ in [.v4(0x0808_0808)] }, now: { .now() }, report: { _ in })
    let error = await #expect(throws: IntegrationError.self) {
      try await GitSourceRepository(git).resolve(
        .branch("main"), repositoryURL: "git@git.example:x")
    }
    #expect(error == GitFailure.noKnownHosts)
    await git.shutdown()
    #expect(try fixture.ssh.log().isEmpty)
    await fixture.git.shutdown()
  }
}

/// Counts calls on any thread.
///
/// `@unchecked Sendable`: the count is under the lock.
private final class LookupCounter: @unchecked Sendable {
  private let lock = Lock()
  private var count = 0
  var value: Int { lock.withLock { count } }
  func add() -> Int {
    lock.withLock {
      count += 1
      return count
    }
  }
}
