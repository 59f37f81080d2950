import RPC
import Synchronization
import TrackController
import TrackDomain
import TrackMapping
import TrackMessages

/// The watchers of one executor.
///
/// `@unchecked Sendable`: every `var` belongs to the executor's thread.
final class ExecutorFeed: @unchecked Sendable {
  /// Changes that are read at once.
  static let pageSize = 256
  /// Messages that one turn of the executor is for: it has other work too.
  private static let messagesPerTurn = 8192

  let executor: any CallExecutor
  let controller: WatchController
  /// How often a watch gets a message, whatever happens.
  private let heartbeat: Duration
  private(set) var isDraining = false
  private var feed = ChangeFeed<Watcher>()
  /// Watches whose handlers still run.
  private var beginnings: [ObjectIdentifier: WatchBeginning] = [:]
  /// The next heartbeat has its time.
  private var isBeating = false
  /// Without watchers a commit costs a look at this.
  private let hasWatchers = Atomic<Bool>(false)
  /// A commit has been announced to the executor, which has not looked yet.
  private let isAnnounced = Atomic<Bool>(false)

  init(_ controller: WatchController, _ executor: any CallExecutor, heartbeat: Duration) {
    self.controller = controller
    self.executor = executor
    self.heartbeat = heartbeat
  }

  // MARK: Watchers

  /// Makes a call that knows all changes up to `position` a watcher. False when others have been
  /// told more by now.
  func follow(
    _ responses: ResponseWriter<WatchDeploymentTracksResponse>, _ start: WatchStart,
    from position: LogPlace
  ) throws -> Bool {
    guard feed.admits(position) else { return false }
    let watcher = Watcher(self, position: position)
    try watcher.take(responses)
    feed.join(watcher, start.scope, start.tokens)
    if feed.count == 1 { begin() }
    return true
  }

  func leave(_ watcher: Watcher) {
    feed.leave(watcher)
    if feed.count == 0 { hasWatchers.store(false, ordering: .relaxed) }
  }

  private func end(_ watcher: Watcher, with error: RPCError) {
    leave(watcher)
    watcher.finish(error)
  }

  private func endAll(with error: RPCError) {
    for watcher in feed.leaveAll() { watcher.finish(error) }
    hasWatchers.store(false, ordering: .relaxed)
  }

  /// Ends all watches, and those to come.
  func drain() {
    isDraining = true
    endAll(with: RPCError(.watchDraining))
  }

  // MARK: Heartbeats

  func begins(_ beginning: WatchBeginning) {
    beginnings[ObjectIdentifier(beginning)] = beginning
    keepBeating()
  }

  func hasBegun(_ beginning: WatchBeginning) {
    beginnings[ObjectIdentifier(beginning)] = nil
  }

  /// One timer for all watches, as long as there are any.
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
    for group in feed.allGroups {
      let message = place(feed.position, of: group)
      for watcher in group.followers {
        // Who has just joined may know more than the feed.
        let isAhead = watcher.position > feed.position
        watcher.beat(isAhead ? place(watcher.position, of: group) : message)
      }
    }
  }

  /// A message that names a place alone.
  private func place(
    _ position: LogPlace, of group: ChangeGroup<Watcher>
  ) -> EncodedMessage<WatchDeploymentTracksResponse> {
    EncodedMessage(
      WatchDeploymentTracksResponse(nil, resumeToken: group.tokens.encode(after: position)))
  }

  // MARK: Reading

  /// Either `committed` sees this watcher, or what it committed is seen here.
  private func begin() {
    hasWatchers.store(true, ordering: .relaxed)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    look()
  }

  /// Any thread; after every commit.
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
      let page = try await controller.changes(after: feed.position, limit: limit)
      for logged in page.changes { try tell(logged) }
      for group in feed.changesRead(page.examined) { tell(group, nil, upTo: page.position) }
      guard feed.pageRead(upTo: page.position, isLast: page.isLast) else { return }
    } catch {
      feed.readingFailed()
      return endAll(with: RPCError(watchFailure: error))
    }
    // What was sent leaves first, so that only slow clients have full queues.
    executor.executeAfterFlush { self.startReading() }
  }

  // MARK: Telling

  private func tell(_ logged: LoggedChange) throws {
    let groups = feed.groups(concerning: logged.change)
    if groups.isEmpty { return }
    let change = try Change(logged.change)
    for group in groups { tell(group, change, upTo: logged.place) }
  }

  private func tell(
    _ group: ChangeGroup<Watcher>, _ change: TrackMessages.Change?, upTo position: LogPlace
  ) {
    let message = EncodedMessage(
      WatchDeploymentTracksResponse(change, resumeToken: group.tokens.encode(after: position)))
    feed.told(group)
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
  /// What the watchers are told when changes cannot be read.
  fileprivate init(watchFailure error: any Error) {
    let refusal = (error as? DomainError).map { RPCError($0) }
    self = refusal ?? ServiceFailure(error).rpcError
  }
}
