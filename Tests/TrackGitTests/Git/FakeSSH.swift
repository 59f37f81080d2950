import EventLoop
import FoundationEssentials

/// An `ssh` that runs the command on this machine: transport as over the network, but none.
///
/// It obeys files beside it: `slow` makes it hang, `break` lets it do the work of one `git push` and
/// then fail as a broken connection does. It notes its arguments in `log`.
struct FakeSSH {
  let directory: String

  init(_ parent: String) throws {
    directory = parent + "/bin"
    try GitFixture.run("mkdir", "-p", directory)
    try GitFixture.run(
      "tee", directory + "/ssh",
      input: """
        #!/bin/sh
        d=$(dirname "$0")
        for word; do printf '%s|' "$word" >> "$d/log"; last=$word; done
        echo >> "$d/log"
        [ ! -e "$d/slow" ] || sleep 1000
        case $last in git-receive-pack*)
          if [ -e "$d/break" ]; then
            rm "$d/break"
            eval "set -- $last"
            git receive-pack --http-backend-info-refs "$2"
            git receive-pack --stateless-rpc "$2" > "$d/answer"
            exit 255
          fi
        esac
        exec sh -c "$last"

        """)
    try GitFixture.run("chmod", "+x", directory + "/ssh")
  }

  /// For the environment of a `Git`.
  var path: [String: String] {
    ["PATH": directory + ":" + (ProcessEnvironment.variables["PATH"] ?? "/usr/bin:/bin")]
  }

  func set(_ name: String) throws {
    try GitFixture.run("touch", "\(directory)/\(name)")
  }

  func clear(_ name: String) throws {
    try GitFixture.run("rm", "-f", "\(directory)/\(name)")
  }

  /// A line for each run.
  func log() throws -> [String] {
    guard FileManager.default.fileExists(atPath: directory + "/log") else { return [] }
    return try GitFixture.run("cat", directory + "/log").split(separator: "\n").map(String.init)
  }
}
