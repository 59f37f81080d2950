import EventLoop
import Glibc
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitFailureTests {
  private static func output(_ error: String, _ output: String = "") -> ChildOutput {
    ChildOutput(
      status: .exited(128), output: Array(output.utf8), error: Array(error.utf8))
  }

  @Test(arguments: [
    // The output of ssh and git.
    (
      "@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
        + "Host key verification failed.\r\nfatal: Could not read from remote repository.",
      IntegrationError.Kind.accessDenied, "key has changed"
    ),
    ("Host key verification failed.\r\n", .accessDenied, "does not let the server in"),
    (
      "@ WARNING: UNPROTECTED PRIVATE KEY FILE! @\nPermissions 0644 for '/zz' are too open.\n"
        + "Load key \"/zz\": bad permissions\ngit@h: Permission denied (publickey).",
      .accessDenied, "others can read the file"
    ),
    (
      "Load key \"/zz\": error in libcrypto\r\ngit@h: Permission denied (publickey).",
      .accessDenied,
      "damaged, or has a passphrase"
    ),
    (
      "Load key \"/zz\": incorrect passphrase supplied to decrypt private key\r\n"
        + "git@h: Permission denied (publickey).", .accessDenied, "has a passphrase"
    ),
    (
      "Warning: Identity file /zz not accessible: No such file or directory.\n"
        + "git@h: Permission denied (publickey).", .accessDenied, "cannot read the server's key"
    ),
    (
      "Load key \"/dev/null\": error in libcrypto\r\ngit@h: Permission denied (publickey).",
      .accessDenied, "does not let the server in"
    ),
    (
      "fatal: unable to access 'https://x/': server certificate verification failed. CAfile: none",
      .refused, "certificate"
    ),
    ("remote: maintenance until noon\nfatal: the end", .unavailable, "failed: maintenance until"),
    (
      "remote: HTTP Basic: Access denied\nfatal: Authentication failed", .accessDenied, "HTTP Basic"
    ),
    (
      "fatal: unable to access 'https://x/': The requested URL returned error: 503", .unavailable,
      "cannot be reached"
    ),
  ])
  func `what went wrong is told as such`(
    _ text: String, _ kind: IntegrationError.Kind, _ words: String
  ) {
    let error = GitFailure.error(Self.output(text))
    #expect(error.kind == kind)
    #expect(error.message.contains(words), "\(error.message)")
    #expect(!error.message.contains("/zz") && !error.message.contains("https://x"))
    #expect(error.retryAfter == nil)
  }

  @Test(arguments: [EMFILE, ENFILE, EAGAIN, ENOMEM])
  func `a process that this machine has no room for is nobody's failure`(_ errno: Int32) {
    let error = SystemError(call: "execve", errno: errno)
    for error in [error as any Error, ChildProcessError.system(error)] {
      #expect(GitFailure.isShortage(error))
      let told = GitFailure.error(error)
      #expect(told.kind == .unavailable && told.retryAfter != nil)
    }
    #expect(!GitFailure.isShortage(SystemError(call: "execve", errno: ENOENT)))
    #expect(GitFailure.error(SystemError(call: "execve", errno: ENOENT)).retryAfter == nil)
  }

  @Test func `what a command says of its host`() {
    func contact(_ error: String, _ seconds: Int) -> GitTraffic.Contact {
      GitFailure.contact(.success(Self.output(error)), took: .seconds(seconds))
    }
    let refused = "ssh: connect to host h port 22: Connection refused"
    let timedOut = "fatal: unable to access 'https://x/': Failed to connect to x: Timed out"
    #expect(contact(refused, 0) == .unknown && contact(timedOut, 15) == .silent)
    #expect(contact(timedOut, 4) == .silent && contact(timedOut, 3) == .unknown)
    #expect(contact("fatal: Authentication failed", 44) == .answered)
    #expect(contact("remote: your job timed out", 44) == .answered)
    #expect(
      GitFailure.contact(.success(ChildOutput(status: .exited(0))), took: .seconds(44))
        == .answered)
    func contact(_ error: any Error, _ seconds: Int) -> GitTraffic.Contact {
      GitFailure.contact(.failure(error), took: .seconds(seconds))
    }
    #expect(contact(ChildProcessError.timedOut, 1) == .silent)
    #expect(contact(ChildProcessError.cancelled, 3) == .unknown)
    #expect(contact(ChildProcessError.cancelled, 4) == .silent)
    #expect(contact(CancellationError(), 4) == .silent)
    #expect(contact(ChildProcessError.outputTooLarge, 4) == .answered)
    #expect(
      contact(ChildProcessError.system(SystemError(call: "x", errno: EMFILE)), 9) == .unknown)
  }

  @Test(arguments: [
    ("", GitPushAnswer.none),
    ("To ssh://x\n \trefs/heads/a:refs/heads/a\tok\nDone\n", .none),
    ("!\tHEAD:refs/heads/main\t[rejected] (stale info)\nDone", .conflict),
    ("!\tHEAD:refs/heads/main\t[remote rejected] (failed to update ref)", .conflict),
    (
      "To x\n!\tHEAD:refs/heads/main\t[remote rejected] (pre-receive hook declined)\nDone",
      .refused(reason: "pre-receive hook declined")
    ),
    ("!\tHEAD:refs/heads/main\t[remote rejected]", .refused(reason: "[remote rejected]")),
  ])
  func `answers to pushes`(_ text: String, _ answer: GitPushAnswer) {
    #expect(GitPushAnswer(Array(text.utf8)) == answer)
  }

  @Test(arguments: [
    ("pre-receive hook declined only merge requests", GitRefusal.commits),
    ("unpacker error remote: error: object 12: hasDotgit", .commits),
    ("protected branch hook declined", .branch),
    ("You are not allowed to push code to protected branches on this project.", .branch),
    ("cannot lock ref 'refs/heads/a/b': '...' exists; cannot create 'refs/heads/a/b'", .branch),
    ("unpacker error remote: fatal: write error: No space left on device", .moment),
    ("pre-receive hook declined Internal API error", .moment),
  ])
  func `whose fault a refusal is`(_ words: String, _ refusal: GitRefusal) {
    #expect(GitRefusal(words) == refusal)
  }

  @Test(arguments: [
    ("https://Git.example/x", "https://git.example:443"),
    ("https://git.example:8443/x/y", "https://git.example:8443"),
    ("ssh://git@git.example/x", "ssh://git.example:22"),
    ("ssh://git@[::1]:2222/x", "ssh://[::1]:2222"),
    ("git@git.example:team/x", "ssh://git.example:22"),
    ("git.example:x", "ssh://git.example:22"),
    ("/srv/x", "/srv/x"),
  ])
  func `whose answers are waited for`(_ url: String, _ host: String) throws {
    #expect(try RepositoryURL(url, allowsFiles: true).host == host)
  }

  @Test(arguments: [64, 256, 1024, 4096, 1 << 20])
  func `processes are as few as the descriptors allow`(_ descriptors: Int) {
    let budget = GitBudget(descriptorLimit: descriptors)
    #expect(budget.helpers >= 3 * budget.here)
    #expect(budget.here >= 2 && budget.source >= 1 && budget.gitops >= 2)
    if descriptors >= 1024 { #expect(budget.descriptors <= descriptors / 2 + 8) }
    #expect(budget.descriptors <= 1100)
    for limits in budget.limits.values {
      #expect(limits.perHost >= 1 && limits.perStranger >= 1 && limits.reserve < limits.total)
      #expect(limits.perHost < limits.total)
    }
  }
}
