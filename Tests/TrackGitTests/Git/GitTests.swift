import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitTests {
  @Test func `nothing of the environment reaches git but how to reach the network`() async throws {
    let settings = GitSettings(dataDirectory: "/data")
    let made = GitEnvironment.make(
      settings,
      from: [
        "GIT_DIR": "/x", "GIT_SSH": "x", "GIT_EXEC_PATH": "/x", "LD_PRELOAD": "x", "HOME": "/root",
        "https_proxy": "http://proxy:1", "GIT_CONFIG_COUNT": "1", "TRACKD_DATA": "x",
      ], path: "/bin")
    #expect(made["HOME"] == "/data/git/home" && made["https_proxy"] == "http://proxy:1")
    #expect(made["GIT_TERMINAL_PROMPT"] == "0" && made["GIT_ALLOW_PROTOCOL"] == "none")
    for name in [
      "GIT_DIR", "GIT_SSH", "GIT_EXEC_PATH", "LD_PRELOAD", "GIT_CONFIG_COUNT", "TRACKD_DATA",
    ] {
      #expect(made[name] == nil)
    }
  }

  @Test func `operands are never options`() throws {
    let fixture = try GitFixture()
    let program = fixture.git.program(GitCommand("ls-remote", operands: ["--upload-pack=x", "-y"]))
    #expect(program.arguments.suffix(4) == ["ls-remote", "--", "--upload-pack=x", "-y"])
    #expect(program.arguments.starts(with: ["-c", "core.hooksPath=/dev/null"]))
  }

  @Test func `ssh gets the key, whatever its path holds, and no questions`() async throws {
    let fixture = try GitFixture(key: "/tmp/it's a $(key)")
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let error = await #expect(throws: IntegrationError.self) {
        try await source.resolve(.branch("main"), repositoryURL: "ssh://git@host:2222\(path)")
      }
      #expect(error?.kind == .notFound)
      let words = try #require(try fixture.ssh.log().first).split(separator: "|").map(String.init)
      #expect(words.contains("/tmp/it's a $(key)"))
      #expect(words.contains("BatchMode=yes") && words.contains("StrictHostKeyChecking=yes"))
      #expect(words.contains("HostName=8.8.8.8") && words.contains("HostKeyAlias=[host]:2222"))
      #expect(words.contains("UserKnownHostsFile=\"/dev/null\""))
      #expect(words.contains("ProxyCommand=none") && words.contains("IdentityAgent=none"))
      #expect(
        words.suffix(5) == ["-p", "2222", "git@host", "git-upload-pack '\(path)'", ""].dropLast()
          || words.suffix(4) == ["-p", "2222", "git@host", "git-upload-pack '\(path)'"])
    }
  }

  @Test func `credentials are looked up for their host, and never forgotten`() async throws {
    let file = "/tmp/trackd-credentials 'x'-\(UniqueID.random())"
    let text = "https://ada:secret@git.example\n"
    try GitFixture.run("tee", file, input: text)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let fixture = try GitFixture(credentials: file)
    try await fixture.run { () async throws in
      func ask(_ verb: String, _ input: String) async throws -> String {
        let output = try await fixture.git.run(
          GitCommand("credential", verb), input: Array(input.utf8))
        return String(decoding: output.output, as: UTF8.self)
      }
      let answer = try await ask("fill", "protocol=https\nhost=git.example\n\n")
      #expect(answer.contains("username=ada\npassword=secret\n"))
      #expect(try await !ask("fill", "protocol=https\nhost=other\n\n").contains("secret"))
      _ = try await ask(
        "reject", "protocol=https\nhost=git.example\nusername=ada\npassword=secret\n\n")
      _ = try await ask("approve", "protocol=https\nhost=x\nusername=eve\npassword=y\n\n")
      #expect(try GitFixture.run("cat", file) + "\n" == text)
    }
  }

  @Test func `protocols are few`() async throws {
    let fixture = try GitFixture(allowsFiles: false)
    let path = try fixture.bareRepository()
    let witness = fixture.directory + "/witness"
    try await fixture.run { () async throws in
      for url in [
        "ext::touch \(witness)", "file://\(path)", path, "git://localhost/x", "http://x/y",
      ] {
        // Passes the rules for URLs by, and gives the URL to git.
        let output = try await fixture.git.run(GitCommand("ls-remote", operands: [url]))
        #expect(!output.isSuccess)
        #expect(GitFailure.error(output).kind == .invalid, "\(url)")
      }
      #expect(!FileManager.default.fileExists(atPath: witness))
    }
  }

  @Test(arguments: [
    ("fatal: Authentication failed for 'https://x/y'", IntegrationError.Kind.accessDenied),
    ("git@host: Permission denied (publickey).", .accessDenied),
    ("fatal: unable to access 'https://x/': Could not resolve host: x", .unavailable),
    ("fatal: unable to access 'https://x/': The requested URL returned error: 403", .accessDenied),
    ("fatal: repository 'https://x/' not found", .notFound),
    ("fatal: remote error: upload-pack: not our ref 11", .notFound),
    ("fatal: fetch-pack: invalid index-pack output", .unavailable),
    ("", .unavailable),
  ])
  func `failures are told without what git wrote`(_ text: String, _ kind: IntegrationError.Kind) {
    let error = GitFailure.error(ChildOutput(status: .exited(128), error: Array(text.utf8)))
    #expect(error.kind == kind)
    #expect(!error.message.contains("https") && !error.message.contains("host"))
  }
}
