/// Where trackd keeps what it must not forget.
public protocol TrackStore: Sendable {
  /// Runs `body` on one consistent state of the store, and may suspend for it: `body` runs where
  /// the caller runs, or on a thread of the store that may wait for rows which are elsewhere.
  ///
  /// `body` reads a few rows, because it may run on an event loop and others may wait for them, and
  /// in few calls of the reader, because each of them may be a round trip. It may run more than once,
  /// and has no effect.
  ///
  /// Throws what `body` throws, and `StoreError`.
  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value

  /// The same for a page: a bounded number of rows, for which nobody else waits.
  func readPage<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value

  /// Runs `body` as `read` does, but at once and where the caller runs, without suspending.
  ///
  /// For callers on an event loop that answer without a task of their own. Any thread.
  ///
  /// Throws what `body` throws, and `StoreError`.
  /// - Returns: nil, without having run `body`, where the store cannot do that: on a thread that it
  ///   does not read on, and always when its rows are elsewhere. Then `read` can.
  func readAtOnce<Value>(_ body: (any StoreReader) throws -> Value) throws -> Value?

  /// Whether there are callers for whom `readAtOnce` reads.
  var readsAtOnce: Bool { get }

  /// Runs `body`, which may read several times from one consistent state of the store and wait in
  /// between. Few can be open at once: others wait here.
  ///
  /// The state is given back when `body` returns, or after `limit`: reads throw `SnapshotExpired`
  /// then.
  ///
  /// Throws what `body` throws, `StoreError`, and `CancellationError` while it waits.
  func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value

  /// Keeps what was read of a state until its reader takes it, out of memory where it is much.
  /// Throws `StoreError`.
  func makeSpool() throws -> any StateSpool

  /// Runs `body` in a transaction and returns when its effects are durable.
  ///
  /// The components of `scope` are locked and read before `body` runs: `StoreTransaction.component`
  /// of each of them costs nothing. `body` decides on few reads first, and writes then: the
  /// statements that write return nothing, so that a store can send them without waiting for each
  /// other, and what one of them is refused for may be thrown by a later call or by the commit.
  ///
  /// When `body` throws, nothing of it stays, and the error is thrown here. `body` runs on a
  /// database thread, may run more than once, and has no effect but on the transaction. A task that
  /// is cancelled before `body` starts gets `CancellationError`.
  ///
  /// Throws what `body` throws, and `StoreError`.
  func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value

  /// A number that changes with each commit that may have changed what reads find of the component:
  /// its row and all that belongs to it. Any thread, without a lock.
  ///
  /// Whoever keeps what was read loads the number first, reads then, and keeps that under the
  /// number: as long as the store has the same number, what is kept is not older than any write
  /// that was answered.
  ///
  /// - Returns: nil for a store that is not told of every commit, for other processes commit too.
  func commitStamp(ofComponent id: String) -> UInt64?

  /// Whether this process has the store for itself. If so, the leases of processes before are void;
  /// on a store that servers share, leases are renewed, and expire.
  var isExclusive: Bool { get }

  /// Whether the store works now. Any thread.
  var state: StoreState { get }

  /// Calls `body` with the state now, and with each state after it, in order and on any thread,
  /// until the store is closed.
  func observeState(_ body: @escaping @Sendable (StoreState) -> Void)

  /// Calls `body` after commits that wrote changes or operations, whichever process made them,
  /// until the store is closed.
  ///
  /// A call says that there may be something new, and that reads see it; it does not say what. One
  /// call may stand for many commits, and there may be calls for nothing. After a commit of this
  /// process `body` is called before the write is answered. After one of another process it is
  /// called some time later: where word of it is late or lost, the store finds out by itself.
  ///
  /// Any thread; `body` does not block.
  @discardableResult
  func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation
}

extension TrackStore {
  /// A store that has its rows at hand reads pages as it reads all else.
  public func readPage<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value { try await read(body) }

  /// A store whose rows are elsewhere answers nothing at once.
  public var readsAtOnce: Bool { false }

  /// A store whose rows are elsewhere answers nothing at once.
  public func readAtOnce<Value>(_ body: (any StoreReader) throws -> Value) throws -> Value? { nil }

  /// A store on which others commit knows of no number.
  public func commitStamp(ofComponent id: String) -> UInt64? { nil }
}
