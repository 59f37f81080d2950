import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitVersionTests {
  @Test(arguments: [
    ("git version 2.39.5\n", 2, 39), ("git version 2.37.0", 2, 37), ("git version 10.1", 10, 1),
    ("git version 2.39.5 (Apple Git-154)", 2, 39), ("git version 2.48.1.windows.1", 2, 48),
  ])
  func `a version is read`(_ text: String, _ major: Int, _ minor: Int) throws {
    #expect(try #require(GitVersion(text)) == GitVersion(major: major, minor: minor))
  }

  @Test(arguments: ["", "git", "git version", "git version x.y", "version 2.39", "git version 2"])
  func `what is no version is none`(_ text: String) {
    #expect(GitVersion(text) == nil)
  }

  @Test(arguments: [
    ("2.36.6", false), ("1.99", false), ("2.37.0", true), ("3.0", true), ("x", false),
  ])
  func `an older git, which would look names up itself, is not used`(
    _ version: String, _ isUsed: Bool
  ) throws {
    let directory = "/tmp/trackd-git-version-\(UniqueID.random())"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try GitFixture.run("mkdir", directory)
    try GitFixture.run("tee", directory + "/git", input: "#!/bin/sh\necho git version \(version)\n")
    try GitFixture.run("chmod", "+x", directory + "/git")
    func make() throws {
      _ = try Git(
        GitSettings(dataDirectory: directory + "/data"), environment: ["PATH": directory + ":/bin"])
    }
    if isUsed {
      try make()
    } else {
      #expect(throws: IntegrationError.self) { try make() }
    }
  }
}
