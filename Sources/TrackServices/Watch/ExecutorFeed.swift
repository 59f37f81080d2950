import RPC
import Synchronization
import Telemetry
import TrackAccess
import TrackController
import TrackDomain
import TrackMapping
import TrackMessages

/// The watches that run on one executor. The feed reads new changes once for all of them.
///
/// `@unchecked Sendable`: every `var` belongs to the executor's thread.
final class ExecutorFeed: @unchecked Sendable {
  /// The most changes that one read returns.
  static let pageSize = 256
  /// About how many messages one turn of the executor sends, so that its other work gets a turn.
  private static let messagesPerTurn = 8192

  let executor: any CallExecutor
  let controller: WatchController
  /// The policy; nil: there are no rights to look at.
  private let control: AccessControl?
  /// The time between heartbeats: messages that a watch gets even without changes.
  private let heartbeat: Duration
  private(set) var isDraining = false
  private(set) var feed = ChangeFeed<Watcher>()
  /// Watches whose handlers still run.
  private(set) var beginnings: [ObjectIdentifier: WatchBeginning] = [:]
  /// Whether the next heartbeat is scheduled.
  private var isBeating = false
  /// Whether `feed` has watchers. Without any, `committed` returns at once.
  private let hasWatchers = Atomic<Bool>(false)
  /// Whether the executor was asked to look for commits and has not done so yet.
  private let isAnnounced = Atomic<Bool>(false)
  /// As `feed` has them, for other threads.
  let watcherCount = Counter()

  init(
    _ controller: WatchController, _ executor: any CallExecutor, heartbeat: Duration,
    _ control: AccessControl? = nil
  ) {
    self.controller = controller
    self.control = control
    self.executor = executor
    self.heartbeat = heartbeat
  }

  // MARK: Watchers

  /// Makes a call whose client knows all changes up to `position` a watcher.
  ///
  /// - Returns: false when the watchers have been sent later changes: the caller reads on then.
  func follow(
    _ responses: ResponseWriter<WatchDeploymentTracksResponse>, _ start: WatchStart,
    _ beginning: WatchBeginning, from position: LogPlace
  ) throws -> Bool {
    guard feed.admits(position) else { return false }
    let watcher = Watcher(self, by: beginning.caller, position: position)
    try watcher.take(responses)
    feed.join(watcher, start.scope, start.tokens, beginning.access)
    watcherCount.set(feed.count)
    if feed.count == 1 { begin() }
    return true
  }

  func leave(_ watcher: Watcher) {
    feed.leave(watcher)
    watcherCount.set(feed.count)
    if feed.count == 0 { hasWatchers.store(false, ordering: .relaxed) }
  }

  func end(_ watcher: Watcher, with error: RPCError) {
    leave(watcher)
    watcher.finish(error)
  }

  private func endAll(with error: RPCError) {
    for watcher in feed.leaveAll() { watcher.finish(error) }
    watcherCount.set(feed.count)
    hasWatchers.store(false, ordering: .relaxed)
  }

  /// Ends all watches. Watches that begin later fail.
  func drain() {
    isDraining = true
    endAll(with: RPCError(.watchDraining))
  }

  // MARK: Rights

  /// Another policy is in force. Ends the watches of callers whose rights it changes.
  func policyChanged() {
    for group in feed.allGroups {
      guard case .others(let now) = standing(of: group.access) else { continue }
      let (scope, id) = (group.scope, group.access.rights?.id)
      Task.immediate(executorPreference: executor) {
        await self.endWatches(of: scope, ofRights: id, now)
      }
    }
  }

  private func endWatches(of scope: ChangeScope, ofRights id: UInt64?, _ now: Access) async {
    let error = await refusal(scope, now)
    for group in feed.allGroups where group.scope == scope && group.access.rights?.id == id {
      for watcher in group.followers { end(watcher, with: error) }
    }
  }

  /// Ends a watch that is still beginning when the rights of its caller have changed. Asked before
  /// each of its messages: what it reads may wait for its client for long.
  func checkRights(of beginning: WatchBeginning) async throws {
    switch standing(of: beginning.access) {
    case .same(let access): beginning.access = access
    case .others(let now):
      guard let scope = beginning.scope else { throw RPCError(.resync(.rightsChanged)) }
      throw await refusal(scope, now)
    }
  }

  /// Whether a group's followers have the rights with which they joined. Others get nothing more:
  /// `policyChanged` ends them.
  private func isCurrent(_ group: ChangeGroup<Watcher>) -> Bool {
    guard case .same(let access) = standing(of: group.access) else { return false }
    group.access = access
    return true
  }

  /// What a caller's rights are now.
  private enum Standing {
    /// They say what they said, perhaps under another policy.
    case same(Access)
    case others(Access)
  }

  private func standing(of access: Access) -> Standing {
    guard let rights = access.rights as? CallerRights else { return .same(access) }
    let now = rights.present
    if now === rights { return .same(access) }
    let present = Access(now, verb: access.verb)
    return now.grants == rights.grants ? .same(present) : .others(present)
  }

  /// Why a watch ends whose caller has other rights now.
  private func refusal(_ scope: ChangeScope, _ access: Access) async -> RPCError {
    do {
      try await controller.recheck(scope, access)
      return RPCError(.resync(.rightsChanged))
    } catch {
      return RPCError(watchFailure: error)
    }
  }

  // MARK: Heartbeats

  func begins(_ beginning: WatchBeginning) {
    beginnings[ObjectIdentifier(beginning)] = beginning
    keepBeating()
  }

  func hasBegun(_ beginning: WatchBeginning) {
    beginnings[ObjectIdentifier(beginning)] = nil
  }

  /// Keeps one timer for all watches running while there are any.
  private func keepBeating() {
    guard !isBeating, feed.count > 0 || !beginnings.isEmpty else { return }
    isBeating = true
    executor.execute(after: heartbeat) {
      self.isBeating = false
      self.beat()
      self.keepBeating()
    }
  }

  private func beat() {
    for beginning in beginnings.values { beginning.beat() }
    for group in feed.allGroups where isCurrent(group) {
      let message = place(feed.position, of: group)
      for watcher in group.followers {
        // Who has just joined may know more than the feed.
        let isAhead = watcher.position > feed.position
        watcher.beat(isAhead ? place(watcher.position, of: group) : message)
      }
    }
  }

  /// A message with a resume token and no change.
  private func place(
    _ position: LogPlace, of group: ChangeGroup<Watcher>
  ) -> EncodedMessage<WatchDeploymentTracksResponse> {
    EncodedMessage(
      WatchDeploymentTracksResponse(nil, resumeToken: group.tokens.encode(after: position)))
  }

  // MARK: Reading

  /// No commit is missed: either `committed` sees the watcher, or `look` sees the commit.
  private func begin() {
    hasWatchers.store(true, ordering: .relaxed)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    look()
  }

  /// Called after every commit, on any thread.
  func committed() {
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    guard hasWatchers.load(ordering: .relaxed) else { return }
    if isAnnounced.exchange(true, ordering: .acquiringAndReleasing) { return }
    executor.execute {
      self.isAnnounced.store(false, ordering: .sequentiallyConsistent)
      self.look()
    }
  }

  private func look() {
    if feed.committed() { startReading() }
  }

  private func startReading() {
    Task.immediate(executorPreference: executor) { await self.readPage() }
  }

  private func readPage() async {
    do {
      let limit = min(Self.pageSize, max(8, Self.messagesPerTurn / max(1, feed.count)))
      let page = try await controller.changes(
        after: feed.position, limit: limit, forRights: control != nil)
      for logged in page.changes { try tell(logged, of: page) }
      guard feed.pageRead(upTo: page.position, isLast: page.isLast) else { return }
    } catch {
      feed.readingFailed()
      return endAll(with: RPCError(watchFailure: error))
    }
    // The next page waits until the loop has sent this one, so that only slow clients have full
    // queues.
    executor.executeAfterFlush { self.startReading() }
  }

  // MARK: Telling

  private func tell(_ logged: LoggedChange, of page: ChangePage) throws {
    let groups = feed.groups(concerning: logged.change)
      .filter { isCurrent($0) && page.isReadable(logged, with: $0.access) }
    if groups.isEmpty { return }
    let change = try Change(logged.change)
    for group in groups { tell(group, change, upTo: logged.place) }
  }

  private func tell(
    _ group: ChangeGroup<Watcher>, _ change: TrackMessages.Change, upTo position: LogPlace
  ) {
    let message = EncodedMessage(
      WatchDeploymentTracksResponse(change, resumeToken: group.tokens.encode(after: position)))
    for watcher in group.followers where watcher.position < position {
      if !watcher.send(message, upTo: position) { end(watcher, with: RPCError(.watchTooSlow)) }
    }
  }
}

extension DomainError {
  static let watchDraining = serverDraining(method: "WatchDeploymentTracks")
  static let watchTooSlow = resync(.tooSlow)
}

extension RPCError {
  /// The error of all watches of an executor when changes cannot be read.
  fileprivate init(watchFailure error: any Error) {
    let refusal = (error as? DomainError).map { RPCError($0) }
    self = refusal ?? ServiceFailure(error).rpcError
  }
}
