import TrackDomain
import TrackGit

/// Log lines about git: failures with the output of git, discarded changes by hand, and silent
/// hosts.
struct GitLog: Sendable {
  let logger: Logger

  func log(_ event: GitEvent) {
    switch event {
    case .failed(let command, let host, let error, let words):
      logger.log(.warning, "git failed", from: host) {
        if !command.isEmpty { $0.string("command", command) }
        if !host.isEmpty { $0.string("host", host) }
        $0.string("error", error.message)
        if !words.isEmpty { $0.string("words", words) }
      }
    case .overwrote(let path, let branch, let repository):
      logger.log(.warning, "a deployment discarded changes that were made by hand to a manifest") {
        $0.string("path", path)
        $0.string("branch", branch)
        $0.string("repository", repository)
      }
    case .paused(let host, let pause):
      logger.log(.warning, "Git host does not answer, and is left alone for a while", from: host) {
        $0.string("host", host)
        $0.integer("milliseconds", Int64(pause / .milliseconds(1)))
      }
    }
  }
}
