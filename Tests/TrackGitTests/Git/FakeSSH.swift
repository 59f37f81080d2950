import EventLoop
import FoundationEssentials

/// An `ssh` that runs the command on this machine: the transport of a network, without one.
///
/// Files beside it change its behaviour. `slow` makes it hang for the hosts that contain the file's
/// text. `break` lets it do the work of one `git push`, run the script `after` if there is one, and
/// fail as a broken connection does. `dead` makes it fail before any push, and `say` before any
/// command, with the file's text on standard error. `kill` is a script that it runs once, after
/// which it kills the git that called it. It records its arguments in `log`.
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
        if [ -e "$d/slow" ]; then
          case "$*" in *"$(cat "$d/slow")"*) exec sleep 1000; esac
        fi
        if [ -e "$d/kill" ]; then
          sh "$d/kill"
          rm "$d/kill"
          kill -9 $PPID
          exit 255
        fi
        if [ -e "$d/say" ]; then cat "$d/say" >&2; exit 255; fi
        case $last in git-receive-pack*)
          if [ -e "$d/dead" ]; then cat "$d/dead" >&2; exit 255; fi
          if [ -e "$d/break" ]; then
            rm "$d/break"
            eval "set -- $last"
            git receive-pack --http-backend-info-refs "$2"
            git receive-pack --stateless-rpc "$2" > "$d/answer"
            [ ! -e "$d/after" ] || sh "$d/after"
            exit 255
          fi
        esac
        exec sh -c "$last"

        """)
    try GitFixture.run("chmod", "+x", directory + "/ssh")
  }

  /// The environment for a `Git` that uses it.
  var path: [String: String] {
    ["PATH": directory + ":" + (ProcessEnvironment.variables["PATH"] ?? "/usr/bin:/bin")]
  }

  func set(_ name: String, _ text: String = "") throws {
    try GitFixture.run("tee", "\(directory)/\(name)", input: text)
  }

  func clear(_ name: String) throws {
    try GitFixture.run("rm", "-f", "\(directory)/\(name)")
  }

  /// One line for each run.
  func log() throws -> [String] {
    guard FileManager.default.fileExists(atPath: directory + "/log") else { return [] }
    return try GitFixture.run("cat", directory + "/log").split(separator: "\n").map(String.init)
  }
}
