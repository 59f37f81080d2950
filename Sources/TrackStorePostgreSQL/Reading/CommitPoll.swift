import EventLoop
import TrackDomain
import TrackStoreSQL

/// Finds out that another server has committed something that observers are to be told of, and whether
/// the database answers.
actor CommitPoll {
  private let reader: ThreadReader
  private let observers: CommitObservers
  private let status: StoreStatus
  private var last: Int64?
  private var task: Task<Void, Never>?

  init(
    _ source: ReaderSource, _ observers: CommitObservers, _ status: StoreStatus
  ) throws(SystemError) {
    self.status = status
    reader = try ThreadReader(source, name: "store-poll")
    self.observers = observers
  }

  func start(every pause: Duration) {
    task = Task {
      while (try? await Task.sleep(for: pause)) != nil { await look() }
    }
  }

  private func look() async {
    // A connection that was lost says nothing of the database: a new one does.
    var news: Int64?
    do {
      news = if let known = try? await readNews() { known } else { try await readNews() }
    } catch {
      // Another server may have taken its place, and count otherwise.
      last = nil
      // Asked again after the pause.
      return status.lose((error as? StoreError)?.detail ?? "\(error)")
    }
    status.regain()
    if news != last { observers.announce() }
    last = news
  }

  private func readNews() async throws -> Int64? {
    try await reader.read { try ($0 as? Reader)?.news() }
  }

  func close() async {
    task?.cancel()
    await task?.value
    await reader.close()
    await reader.shutdown()
  }
}
