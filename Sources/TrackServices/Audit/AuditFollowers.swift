import RPC
import Synchronization
public import TrackAccess
public import TrackDomain

/// The calls that follow the audit: wakes them when there may be something new.
///
/// Any thread. A follower that has caught up looks at most twenty times a second, however many
/// commits there are.
public final class AuditFollowers: Sendable {
  /// The most followers, and the most of one caller: nobody has all places.
  static let limits = (all: 64, caller: 16)
  /// The time between two looks.
  private static let pause = Duration.milliseconds(50)
  /// The same while a follower catches up: others of its loop come between.
  private static let breath = Duration.milliseconds(2)

  private let heartbeat: Duration
  private let state = Mutex(State())

  private struct State {
    var followers: [Int: Follower] = [:]
    var nextId = 0
    var isDraining = false
  }

  private struct Follower {
    let caller: WatchCaller
    let wake: AsyncStream<Void>.Continuation
    var isBeat = true
    var end: RPCError?
  }

  /// - Parameters:
  ///   - store: whose commits wake the followers.
  ///   - control: the policy, whose changes do, too.
  ///   - heartbeat: the time between messages that a follower gets even without events.
  public init(
    _ store: any TrackStore, policy control: AccessControl? = nil,
    heartbeat: Duration = .seconds(25)
  ) {
    self.heartbeat = heartbeat
    store.observeCommits { [weak self] in self?.wake { _ in } }
    control?.observe { [weak self] in self?.wake { _ in } }
  }

  /// How many there are.
  public var count: Int { state.withLock { $0.followers.count } }

  /// Calls `step` at once, and then whenever there may be something new, until the call ends.
  ///
  /// - Parameter step: gets whether a message is due even without events, and what throws when the
  ///   call is to end: to be asked before each message, for a client may take long to read one.
  ///   Returns whether there may be more, which is looked for at once.
  /// - Throws: what `step` throws, TOO_MANY_FOLLOWERS, SERVER_DRAINING, and the error of a
  ///   credential that is taken no more.
  func follow(
    by caller: WatchCaller, _ step: (Bool, () throws -> Void) async throws -> Bool
  ) async throws {
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = try join(caller, wake)
    defer { state.withLock { $0.followers[id] = nil } }
    let beats = Task { [heartbeat, weak self] in
      while (try? await Task.sleep(for: heartbeat)) != nil {
        self?.wake(id) { $0.isBeat = true }
      }
    }
    defer { beats.cancel() }
    wake.yield()
    for await _ in wakes {
      while try await step(try takeBeat(id), { try check(id) }) {
        try await Task.sleep(for: Self.breath)
      }
      try await Task.sleep(for: Self.pause)
    }
    throw CancellationError()
  }

  private func join(
    _ caller: WatchCaller, _ wake: AsyncStream<Void>.Continuation
  ) throws(DomainError) -> Int {
    try state.withLock { (state) throws(DomainError) in
      if state.isDraining { throw .serverDraining(method: "FollowEvents") }
      let own = state.followers.values.count {
        $0.caller.caller.principal == caller.caller.principal
      }
      for (count, limit, isOwn) in [
        (own, Self.limits.caller, true), (state.followers.count, Self.limits.all, false),
      ] where count >= limit {
        throw .tooManyFollowers(limit: limit, ofCaller: isOwn)
      }
      state.nextId += 1
      state.followers[state.nextId] = Follower(caller: caller, wake: wake)
      return state.nextId
    }
  }

  private func check(_ id: Int) throws {
    if let end = state.withLock({ $0.followers[id]?.end }) { throw end }
  }

  /// Whether a message is due; throws when the follower is to end.
  private func takeBeat(_ id: Int) throws -> Bool {
    try state.withLock { state in
      if let end = state.followers[id]?.end { throw end }
      defer { state.followers[id]?.isBeat = false }
      return state.followers[id]?.isBeat ?? false
    }
  }

  /// Changes followers, and has them look.
  ///
  /// - Parameter only: one of them; nil for all.
  private func wake(_ only: Int? = nil, _ change: (inout Follower) -> Void) {
    state.withLock { state in
      for id in state.followers.keys where only == nil || only == id {
        guard var follower = state.followers[id] else { continue }
        change(&follower)
        state.followers[id] = follower
        follower.wake.yield()
      }
    }
  }

  /// Ends all, also those that begin later.
  func drain() {
    state.withLock { $0.isDraining = true }
    wake { $0.end = RPCError(.serverDraining(method: "FollowEvents")) }
  }

  /// Ends those of callers whose token is taken no more.
  public func review(_ credentials: AccessCredentials) {
    wake {
      if !credentials.stillKnows($0.caller.proof) { $0.end = .refused(.unknownToken) }
    }
  }
}
