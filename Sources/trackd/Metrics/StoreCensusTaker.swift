import EventLoop
import TrackStoreSQL

/// Has the store counted for those who scrape: no more often than every few seconds, and nobody
/// waits long for it.
///
/// `@unchecked Sendable`: everything is touched under the lock only.
final class StoreCensusTaker: @unchecked Sendable {
  /// A census that is younger is told again.
  static let shortestPause = Duration.seconds(2)
  /// How long one is waited for; after that the former is told.
  static let patience = Duration.milliseconds(500)

  private let count: @Sendable () async throws -> StoreCensus
  private let lock = Lock()
  private var last: StoreCensus?
  private var takenAt: MonotonicTime?
  private var isCounting = false
  private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
  private var lastWaiting = 0

  init(_ count: @escaping @Sendable () async throws -> StoreCensus) { self.count = count }

  /// The last census; nil before the first.
  var census: StoreCensus? { lock.withLock { last } }

  /// Returns when there is a new census, or one is not needed, or does not come.
  func refresh() async {
    await withCheckedContinuation { continuation in
      let place: (number: Int, starts: Bool)? = lock.withLock {
        if let takenAt, MonotonicTime.now() - takenAt < Self.shortestPause { return nil }
        lastWaiting += 1
        waiting[lastWaiting] = continuation
        defer { isCounting = true }
        return (lastWaiting, !isCounting)
      }
      guard let place else { return continuation.resume() }
      if place.starts { Task { self.counted(try? await self.count()) } }
      Task {
        try? await Task.sleep(for: Self.patience)
        self.goOn { $0 <= place.number }
      }
    }
  }

  private func counted(_ census: StoreCensus?) {
    lock.withLock {
      isCounting = false
      guard let census else { return }
      last = census
      takenAt = .now()
    }
    goOn { _ in true }
  }

  private func goOn(_ isMeant: (Int) -> Bool) {
    let resumed = lock.withLock { () -> [CheckedContinuation<Void, Never>] in
      let found = waiting.filter { isMeant($0.key) }
      for key in found.keys { waiting[key] = nil }
      return Array(found.values)
    }
    for continuation in resumed { continuation.resume() }
  }
}
