import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitCredentialFilesTests {
  /// Makes a key, and runs a script on it. Returns its path.
  private static func key(
    _ directory: String, passphrase: String = "", mode: String = "600", then script: String = ":"
  ) throws -> String {
    let path = directory + "/it's a key"
    try GitFixture.run(
      "ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", path)
    try GitFixture.run("sh", "-c", script, path)
    try GitFixture.run("chmod", mode, path)
    return path
  }

  private static func problem(_ path: String) -> GitCredentialFiles.Problem? {
    do throws(GitCredentialFiles.Problem) {
      try GitCredentialFiles.checkKey(path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a key that ssh uses is taken, by a link too`() throws {
    let fixture = try GitFixture()
    let path = try Self.key(fixture.directory)
    #expect(Self.problem(path) == nil)
    try GitFixture.run("chmod", "400", path)
    try GitFixture.run("ln", "-s", path, fixture.directory + "/link")
    #expect(Self.problem(fixture.directory + "/link") == nil)
  }

  @Test(arguments: ["644", "640", "604", "660"])
  func `a key that others can read is refused, as ssh does`(_ mode: String) throws {
    let fixture = try GitFixture()
    let path = try Self.key(fixture.directory, mode: mode)
    #expect(Self.problem(path) == .readableByOthers(path))
  }

  @Test func `a key that nobody can use is refused`() throws {
    let fixture = try GitFixture()
    let path = try Self.key(fixture.directory, passphrase: "secret")
    #expect(Self.problem(path) == .hasPassphrase(path))
    for script in [
      "echo nonsense > \"$0\"", ": > \"$0\"", "sed -i '2s/.....$/AAAAA/;3s/^..../AAAA/' \"$0\"",
      "cp \"$0.pub\" \"$0\"",
    ] {
      let fixture = try GitFixture()
      let path = try Self.key(fixture.directory, then: script)
      #expect(Self.problem(path) == .noKey(path), "\(script)")
    }
  }

  @Test func `what is no file, or not there, is refused`() throws {
    let fixture = try GitFixture()
    let nowhere = fixture.directory + "/nowhere"
    #expect(Self.problem(nowhere) == .missing(nowhere))
    #expect(Self.problem(fixture.directory) == .noFile(fixture.directory))
    #expect(Self.problem("/dev/null") == .noFile("/dev/null"))
    #expect(throws: GitCredentialFiles.Problem.missing(nowhere)) {
      try GitCredentialFiles.checkCredentials(nowhere)
    }
    #expect(throws: GitCredentialFiles.Problem.noFile("/tmp")) {
      try GitCredentialFiles.checkCredentials("/tmp")
    }
    try GitFixture.run("touch", nowhere)
    try GitCredentialFiles.checkCredentials(nowhere)
  }

  @Test func `without ssh-keygen the key itself is all there is to look at`() throws {
    let fixture = try GitFixture()
    let path = try Self.key(fixture.directory, mode: "644")
    try GitCredentialFiles.checkKey(path, environment: ["PATH": fixture.directory])
  }
}
