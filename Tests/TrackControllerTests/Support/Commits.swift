import Synchronization

/// The newest change after each commit.
final class Commits: Sendable {
  private let all = Mutex<[Int64]>([])

  func add(_ newestChange: Int64) { all.withLock { $0.append(newestChange) } }

  var changes: [Int64] { all.withLock { $0 } }
}
