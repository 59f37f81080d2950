import Testing

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct RemoteAddressesTests {
  @Test(arguments: [
    "127.0.0.1:50051", "[::1]:1", "unix:/run/releases.sock", "unix:relative.sock", "localhost:80",
    "unix-abstract:releases",
    "releases.internal.example:443", "my_service:65535", "a-1.b-2:9",
    String(repeating: "a", count: 63) + ":1",
    String(repeating: "a.", count: 126) + "a:1",
  ])
  func `addresses that can be called`(text: String) {
    #expect(RemoteAddresses.isValid(text))
  }

  @Test(arguments: [
    "", "releases", ":50051", "releases:", "releases:0", "127.0.0.1:0", "releases:65536",
    "releases:-1", "releases:http", "::1:50051", "[::1]", "[releases]:1", "unix:", "256.1.1.1:1",
    "1.2.3:1", "http://releases:80", "a b:1", "-a:1", "a-:1", "a..b:1", ".a:1", "a/b:1", "ä:1",
    String(repeating: "a.", count: 126) + "aa:1", "a\u{0}:1",
    String(repeating: "a", count: 64) + ":1", "unix-abstract:",
    "unix:/" + String(repeating: "a", count: 200),
  ])
  func `what is none is refused`(text: String) {
    #expect(!RemoteAddresses.isValid(text))
  }

  @Test func `each flag has its place, and its variable`() throws {
    let flags = [
      "release-management", "build-service", "deployer", "resource-deleter", "subscriptions",
    ]
    let arguments = flags.enumerated().flatMap { ["--\($1)", "host:\($0 + 1)"] }
    let variables = Dictionary(
      uniqueKeysWithValues: flags.enumerated().map { number, name in
        ("TRACKD_" + name.uppercased().replacing("-", with: "_"), "host:\(number + 1)")
      })
    let expected = RemoteAddresses(
      releaseManagement: "host:1", buildService: "host:2", deployer: "host:3",
      resourceDeleter: "host:4", subscriptions: "host:5")
    for (given, environment) in [(arguments, [:]), ([], variables)] {
      let command = try CommandLineParser.parse(["serve"] + given, environment: environment)
      guard case .serve(let options) = command else {
        Issue.record("\(command)")
        return
      }
      #expect(options.remotes == expected)
    }
  }

  @Test func `a bad address is a usage error that names the flag`() {
    let error = #expect(throws: UsageError.self) {
      try CommandLineParser.parse(["serve", "--deployer", "nowhere"], environment: [:])
    }
    #expect(error?.message.contains("--deployer") == true)
  }
}
