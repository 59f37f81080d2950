import EventLoop
import Synchronization
import TrackDomain
import TrackStoreSQL

/// The writes that wait, in the order of their arrival, and the threads that take them in groups.
///
/// `@unchecked Sendable`: what is marked so is touched under `lock`.
final class WriteQueue: @unchecked Sendable {
  /// How many writes wait at most; more are refused.
  static let limit = 4096
  /// How many writes share a commit at most.
  static let groupLimit = 64
  /// How many of them are about the same component at most: these wait for each other, and the others
  /// for them.
  static let waveLimit = 16

  private let lock = Lock()
  // Under the lock.
  private var queue: [any PendingWrite] = []
  private var idle: [GroupWriter] = []
  private var isClosed = false

  /// Makes a writer known that has nothing to do.
  func rest(_ writer: GroupWriter) {
    lock.withLock { idle.append(writer) }
  }

  /// How many writes wait.
  var count: Int { lock.withLock { queue.count } }

  /// Queues a write; false when it cannot be.
  func add(_ write: any PendingWrite) -> StoreError? {
    let (refusal, writer): (StoreError?, GroupWriter?) = lock.withLock {
      if isClosed { return (StoreError(.unavailable, "the store is closed"), nil) }
      if queue.count >= Self.limit {
        return (StoreError(.unavailable, "\(Self.limit) writes are waiting"), nil)
      }
      queue.append(write)
      return (nil, idle.popLast())
    }
    writer?.wake()
    return refusal
  }

  /// The next group for a writer; nil when nothing is queued, and then it rests.
  ///
  /// A group is waves of writes about different components, of which none has to see what another
  /// one changes. The writes of a component stay in their order. A write that cannot name what it is
  /// about, or is about the catalog, runs alone.
  func take(for writer: GroupWriter) -> [[any PendingWrite]]? {
    let (taken, another) = lock.withLock {
      let taken = takeGroup(for: writer)
      // What is left is for another one, if that has nothing to do.
      return (taken, queue.isEmpty ? nil : idle.popLast())
    }
    another?.wake()
    return taken
  }

  /// Under the lock.
  private func takeGroup(for writer: GroupWriter) -> [[any PendingWrite]]? {
    guard let first = queue.first else {
      idle.append(writer)
      return nil
    }
    if first.scope.includesCatalog { return [[queue.removeFirst()]] }
    var waves: [[any PendingWrite]] = []
    var count = 0
    var rest: [any PendingWrite] = []
    // The wave in which the next write of a component can be.
    var next: [String: Int] = [:]
    for (index, write) in queue.enumerated() {
      if count == Self.groupLimit || write.scope.includesCatalog {
        rest += queue[index...]
        break
      }
      let ids = write.scope.componentIds
      let wave = ids.reduce(0) { max($0, next[$1] ?? 0) }
      if wave == Self.waveLimit {
        rest.append(write)
      } else {
        if wave == waves.count { waves.append([]) }
        waves[wave].append(write)
        count += 1
      }
      for id in ids { next[id] = min(wave + 1, Self.waveLimit) }
    }
    queue = rest
    return waves
  }

  /// No more writes are taken in; those that wait are run.
  func close() { lock.withLock { isClosed = true } }
}
