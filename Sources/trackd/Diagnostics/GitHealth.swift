import EventLoop
import TrackDomain
import TrackGit
import TrackServices

/// What was last heard of git: for `DiagnosticsService`. Any thread.
///
/// `@unchecked Sendable`: `record` is touched under the lock only.
final class GitHealth: @unchecked Sendable {
  /// Pure: callers pass the time.
  struct Record {
    /// Further hosts that pause are not named.
    private static let maximumHosts = 16

    private var failure: (text: String, at: MonotonicTime)?
    private var pauses: [String: MonotonicTime] = [:]

    mutating func note(_ event: GitEvent, at now: MonotonicTime) {
      switch event {
      case .failed(let command, let host, let error, _):
        // Its message is for callers: it has no credentials.
        let place = host.isEmpty ? "" : " with \(host)"
        failure = ("git \(command)\(place): \(error.message)", now)
      case .paused(let host, let pause):
        pauses = pauses.filter { $0.value > now }
        if pauses.count < Self.maximumHosts || pauses[host] != nil { pauses[host] = now + pause }
      case .overwrote: break
      }
    }

    /// - Parameters:
    ///   - version: nil when git could not be started.
    ///   - cache: the bytes of its copies of repositories, and how many they may have.
    func finding(
      version: String?, cache: (bytes: Int64, limit: Int64), at now: MonotonicTime
    ) -> DiagnosticFinding {
      var text = version.map { "git \($0)" } ?? "git could not be started"
      text += ", copies of repositories take \(cache.bytes >> 20) of \(cache.limit >> 20) MiB"
      if let failure {
        text += "; the last failure \(AgeText.ago(now - failure.at)): \(failure.text)"
      }
      let silent = pauses.filter { $0.value > now }.keys.sorted()
      if !silent.isEmpty {
        return DiagnosticFinding(
          "git", .warning, "no answer from \(silent.joined(separator: ", ")); \(text)",
          advice: "see whether trackd's machine reaches the host; trackd tries again by itself")
      }
      if version == nil {
        return DiagnosticFinding(
          "git", .warning, text, advice: "see whether trackd's user may start git")
      }
      return DiagnosticFinding("git", .ok, text)
    }
  }

  private let lock = Lock()
  private var record = Record()

  func note(_ event: GitEvent) { lock.withLock { record.note(event, at: .now()) } }

  func finding(of git: Git) -> DiagnosticFinding {
    lock.withLock { record }.finding(version: git.version, cache: git.cacheUse, at: .now())
  }
}
