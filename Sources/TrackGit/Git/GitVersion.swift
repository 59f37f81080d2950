import EventLoop
import TrackDomain

/// The version of git. trackd depends on settings that an older git would pass over in silence.
struct GitVersion: Sendable, Comparable, CustomStringConvertible {
  let major: Int
  let minor: Int

  var description: String { "\(major).\(minor)" }

  /// Since then `http.curloptResolve` keeps a command to the addresses that it is given.
  static let oldest = GitVersion(major: 2, minor: 37)

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `git version 2.39.5` and what vendors make of it: `git version 2.39.5 (Apple Git-154)`.
  init?(_ text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count > 2, words[0] == "git", words[1] == "version" else { return nil }
    let numbers = words[2].split(separator: ".").prefix(2).map { Int($0) }
    guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    self.init(major: major, minor: minor)
  }

  static func < (one: GitVersion, other: GitVersion) -> Bool {
    (one.major, one.minor) < (other.major, other.minor)
  }

  /// Checks that a git is new enough. Blocks for a moment. One that cannot even be started makes
  /// commands fail, each with its own error.
  ///
  /// - Returns: its version; nil for one that cannot be started.
  static func check(
    _ executable: String, path: String
  ) throws(IntegrationError) -> GitVersion? {
    let command = ChildCommand(
      path: executable, arguments: ["version"], environment: ["PATH": path, "LC_ALL": "C"])
    guard let child = try? ChildProcess(command) else { return nil }
    guard let output = try? child.finish(limits: ChildLimits(time: .seconds(10))), output.isSuccess
    else { throw IntegrationError(.unavailable, "git on the server does not run") }
    guard let version = GitVersion(String(decoding: output.output, as: UTF8.self)),
      version >= oldest
    else {
      throw IntegrationError(
        .unavailable,
        "git on the server is too old: trackd needs \(oldest) or later")
    }
    return version
  }
}
