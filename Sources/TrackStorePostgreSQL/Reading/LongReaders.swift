import EventLoop
import TrackDomain
import TrackStoreSQL

/// Makes connections on a thread of its own, so that nobody else waits, and keeps those of snapshots for
/// the next snapshot when one has ended. Any thread.
///
/// `@unchecked Sendable`: what is marked so is touched under `lock`, or by the thread.
final class LongReaders: @unchecked Sendable {
  /// How many are kept.
  static let limit = 4

  private let thread: BlockingThread
  private let lock = Lock()
  // Under the lock.
  private var idle: [any SnapshotConnection] = []
  private var isClosed = false
  // The thread's.
  /// When there was no connection of a connector to be had last, and why.
  private var refusals: [ObjectIdentifier: (at: MonotonicTime, error: any Error)] = [:]

  /// A connection on its way from one thread to another.
  ///
  /// `@unchecked Sendable`: one of them has it at a time.
  struct Passage<Connection>: @unchecked Sendable {
    let connection: Connection
  }

  init() throws(SystemError) { thread = try BlockingThread(name: "store-connect") }

  /// One that was kept, or a new one.
  func take(
    from connector: Connector, _ make: @escaping @Sendable () throws -> any SnapshotConnection
  ) async throws -> sending any SnapshotConnection {
    let asked = MonotonicTime.now()
    return try await thread.run { [self] in
      while let kept = lock.withLock({ idle.popLast() }) {
        if kept.isUsable { return Passage(connection: kept) }
      }
      return Passage(connection: try made(connector, asked, make))
    }.connection
  }

  /// A new one that is no snapshot's.
  func connect(
    from connector: Connector, _ make: @escaping @Sendable () throws -> PostgreSQLConnection
  ) async throws -> Passage<PostgreSQLConnection> {
    let asked = MonotonicTime.now()
    return try await thread.run { [self] in
      Passage(connection: try made(connector, asked, make))
    }
  }

  /// On the thread. Whoever waited while there was none to be had does not wait for another attempt.
  private func made<Connection>(
    _ connector: Connector, _ asked: MonotonicTime, _ make: () throws -> Connection
  ) throws -> Connection {
    let id = ObjectIdentifier(connector)
    if let refusal = refusals[id], refusal.at > asked { throw refusal.error }
    do {
      return try make()
    } catch {
      refusals[id] = (.now(), error)
      throw error
    }
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
