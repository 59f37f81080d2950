import EventLoop
import TrackDomain
import TrackStoreSQL

/// Finds out that another server has committed something that observers are to be told of.
actor CommitPoll {
  private let reader: ThreadReader
  private let observers: CommitObservers
  private var last: Int64?
  private var task: Task<Void, Never>?

  init(_ source: ReaderSource, _ observers: CommitObservers) throws(SystemError) {
    reader = try ThreadReader(source, name: "store-poll")
    self.observers = observers
  }

  func start(every pause: Duration) {
    task = Task {
      while (try? await Task.sleep(for: pause)) != nil { await look() }
    }
  }

  private func look() async {
    // A database that does not answer has no news; it is asked again.
    guard let news = try? await reader.read({ try ($0 as? Reader)?.news() }) else {
      // Another server may have taken its place, and count otherwise.
      last = nil
      return
    }
    if news != last { observers.announce() }
    last = news
  }

  func close() async {
    task?.cancel()
    await task?.value
    await reader.close()
    await reader.shutdown()
  }
}
