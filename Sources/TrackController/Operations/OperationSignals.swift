import TrackDomain

/// Wake-ups between the use cases and the executor of one process.
///
/// Only hints: the store has the state. One executor listens.
public struct OperationSignals: Sendable {
  /// An element when an operation may be due; several wake-ups may be one element.
  let wakes: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation
  private let waits = Waits()

  public init() {
    (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Wakes the executor. Any thread; does not block.
  public func wake() {
    waker.yield()
  }

  /// Stops the executor's wake-ups and ends all waits.
  func close() async {
    waker.finish()
    await waits.close()
  }

  /// Returns when `isOver` returns true, after `limit`, when the task is cancelled, or when the
  /// executor of this process stops.
  ///
  /// - Parameters:
  ///   - store: its commits, of any process, may change the answer.
  ///   - isOver: asked at once, and again after commits.
  ///   - isOver: asked at once, and again after commits.
  func wait(
    on store: any TrackStore, atMost limit: Duration, until isOver: () async throws -> Bool
  ) async rethrows {
    let (looks, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let commits = store.observeCommits { continuation.yield() }
    let timer = Task {
      guard (try? await Task.sleep(for: limit)) != nil else { return }
      continuation.finish()
    }
    defer {
      commits.end()
      timer.cancel()
    }
    continuation.yield()
    let id = await waits.add(continuation)
    do {
      for await _ in looks { if try await isOver() { break } }
    } catch {
      await waits.remove(id)
      throw error
    }
    await waits.remove(id)
  }
}

/// The waits of a process, which end with its executor.
private actor Waits {
  private var open: [Int: AsyncStream<Void>.Continuation] = [:]
  private var lastId = 0
  private var isClosed = false

  func add(_ wait: AsyncStream<Void>.Continuation) -> Int {
    lastId += 1
    if isClosed { wait.finish() }
    open[lastId] = wait
    return lastId
  }

  func remove(_ id: Int) { open[id] = nil }

  func close() {
    isClosed = true
    for wait in open.values { wait.finish() }
  }
}
