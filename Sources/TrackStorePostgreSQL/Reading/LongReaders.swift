import EventLoop
import TrackDomain
import TrackStoreSQL

/// The connections of snapshots: made on a thread of their own, so that nobody else waits, and kept
/// for the next snapshot when one has ended. Any thread.
///
/// `@unchecked Sendable`: what is marked so is touched under `lock`.
final class LongReaders: @unchecked Sendable {
  /// How many are kept.
  static let limit = 4

  private let thread: BlockingThread
  private let lock = Lock()
  // Under the lock.
  private var idle: [any SnapshotConnection] = []
  private var isClosed = false

  /// A connection on its way from one thread to another.
  ///
  /// `@unchecked Sendable`: one of them has it at a time.
  private struct Passage: @unchecked Sendable {
    let connection: any SnapshotConnection
  }

  /// The same, for one that is no snapshot's.
  struct LoosePassage: @unchecked Sendable {
    let connection: PostgreSQLConnection
  }

  init() throws(SystemError) { thread = try BlockingThread(name: "store-connect") }

  /// One that was kept, or a new one.
  func take(
    _ make: @escaping @Sendable () throws -> any SnapshotConnection
  ) async throws -> sending any SnapshotConnection {
    try await thread.run { [self] in
      while let kept = lock.withLock({ idle.popLast() }) {
        if kept.isUsable { return Passage(connection: kept) }
      }
      return Passage(connection: try make())
    }.connection
  }

  /// A new one that is no snapshot's.
  func connect(
    _ make: @escaping @Sendable () throws -> PostgreSQLConnection
  ) async throws -> LoosePassage {
    try await thread.run { LoosePassage(connection: try make()) }
  }

  /// Keeps one, which nobody else has any more.
  func give(_ connection: any SnapshotConnection) {
    lock.withLock {
      if !isClosed && idle.count < Self.limit { idle.append(connection) }
    }
  }

  /// Ends the connections and the thread. Once.
  func close() async {
    lock.withLock {
      isClosed = true
      idle = []
    }
    await thread.shutdown()
  }
}
