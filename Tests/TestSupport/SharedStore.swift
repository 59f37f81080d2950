import EventLoop
public import TrackDomain

/// A store as one of several servers has it that share it: what the others commit is announced as
/// `word` says. Its places in the log have a shape of their own.
///
/// `@unchecked Sendable`: all state is touched under `lock` only.
public final class SharedStore: TrackStore, @unchecked Sendable {
  /// How a server learns of other servers' commits.
  public enum Word: Sendable, CaseIterable {
    /// Some time after the commits, once for several.
    case late
    /// More often than there are commits.
    case repeated
    /// Never. The store looks for commits itself now and then.
    case lost
  }

  private let store: any TrackStore
  private let word: Word
  private let lock = Lock()
  private var observers: [Int: @Sendable () -> Void] = [:]
  private var lastId = 0
  private var isLate = false
  private var poll: Task<Void, Never>?

  public init(_ store: any TrackStore, _ word: Word = .late) {
    self.store = store
    self.word = word
    if word != .lost { store.observeCommits { [weak self] in self?.heard() } }
    if word != .late {
      poll = Task { [weak self] in
        while (try? await Task.sleep(for: .milliseconds(5))) != nil { self?.announce() }
      }
    }
  }

  deinit { poll?.cancel() }

  /// Some server has committed.
  private func heard() {
    if word == .repeated { return announce() }
    let isNews = lock.withLock {
      defer { isLate = true }
      return !isLate
    }
    guard isNews else { return }
    Task { [weak self] in
      try? await Task.sleep(for: .milliseconds(5))
      self?.lock.withLock { self?.isLate = false }
      self?.announce()
    }
  }

  private func announce() {
    let called = lock.withLock { observers }
    for observer in called.values { observer() }
  }

  // MARK: TrackStore

  public var isExclusive: Bool { false }

  public func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    let value = try await store.write(scope) { try body(LetteredTransaction($0)) }
    // Its own commits are announced before the write is answered.
    announce()
    return value
  }

  @discardableResult
  public func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    let id = lock.withLock {
      lastId += 1
      observers[lastId] = body
      return lastId
    }
    return CommitObservation { [weak self] in
      self?.lock.withLock { _ = self?.observers.removeValue(forKey: id) }
    }
  }

  public func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value { try await store.read { try body(LetteredTransaction($0)) } }

  public func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value {
    try await store.withSnapshot(limit: limit) { try await body(LetteredSnapshot(snapshot: $0)) }
  }

  public func makeSpool() throws -> any StateSpool { try store.makeSpool() }

  public var state: StoreState { store.state }

  public func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
    store.observeState(body)
  }
}
