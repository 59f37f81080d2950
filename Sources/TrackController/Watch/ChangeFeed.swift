public import TrackDomain

/// The followers of new changes, and how far the log has been read for them: a state machine
/// without a thread. Inputs are in the past tense; the caller performs the actions that they
/// return.
///
/// Followers are grouped by scope and rights: a change reaches the groups that it concerns without a look at
/// the others, and is encoded once for each group.
public struct ChangeFeed<Follower: ChangeFollower> {
  private enum Reading {
    /// Next: reading, by `committed`.
    case idle
    /// Next: idle or reading, by `pageRead`.
    case reading
    /// A commit came while a page was read. Next: reading, by `pageRead`.
    case readingWithMore
  }

  /// The place behind the newest change that the followers know.
  public private(set) var position = LogPlace.start
  public private(set) var count = 0
  private var reading = Reading.idle
  /// By scope; a group for each caller, where their rights differ.
  private var groups: [ChangeScope: [ChangeGroup<Follower>]] = [:]

  public init() {}

  // MARK: Reading

  /// - Returns: whether to read the changes after `position` now.
  public mutating func committed() -> Bool {
    switch reading {
    case .idle:
      guard count > 0 else { return false }
      reading = .reading
      return true
    case .reading, .readingWithMore:
      reading = .readingWithMore
      return false
    }
  }

  /// A page was read, and its changes were sent to the followers.
  ///
  /// - Returns: whether to read the next page.
  public mutating func pageRead(upTo position: LogPlace, isLast: Bool) -> Bool {
    self.position = max(self.position, position)
    let goesOn = count > 0 && (!isLast || reading == .readingWithMore)
    reading = goesOn ? .reading : .idle
    return goesOn
  }

  /// A read failed.
  public mutating func readingFailed() { reading = .idle }

  // MARK: Followers

  /// Whether a follower that knows all changes up to `position` knows as many as the feed has sent.
  /// If not, it has to read on before it may join.
  public func admits(_ position: LogPlace) -> Bool {
    count == 0 && reading == .idle || position >= self.position
  }

  /// Adds a follower that `admits` accepts. After the first one, the caller has to look for
  /// commits.
  public mutating func join(
    _ follower: Follower, _ scope: ChangeScope, _ tokens: ResumeToken,
    _ access: Access = .unrestricted
  ) {
    if count == 0, reading == .idle { position = follower.position }
    count += 1
    if let group = groups[scope]?.first(where: { $0.access.rights?.id == access.rights?.id }) {
      return group.add(follower)
    }
    let group = ChangeGroup<Follower>(scope, tokens, access)
    groups[scope, default: []].append(group)
    group.add(follower)
  }

  /// Removes a follower. Without effect on one that has not joined.
  public mutating func leave(_ follower: Follower) {
    guard let group = follower.group else { return }
    group.remove(follower)
    count -= 1
    guard group.followers.isEmpty else { return }
    groups[group.scope]?.removeAll { $0 === group }
    if groups[group.scope]?.isEmpty == true { groups[group.scope] = nil }
  }

  /// Removes all followers and returns them.
  public mutating func leaveAll() -> [Follower] {
    let all = allGroups.flatMap(\.followers)
    for follower in all { leave(follower) }
    return all
  }

  // MARK: Telling

  /// The groups of all followers.
  public var allGroups: [ChangeGroup<Follower>] { Array(groups.values.joined()) }

  /// The groups that a change concerns.
  public func groups(concerning change: Change) -> [ChangeGroup<Follower>] {
    var found: [ChangeGroup<Follower>] = []
    for scope: ChangeScope in [.component(change.componentId), .project(change.projectId), .all] {
      if let groups = groups[scope] { found += groups }
    }
    return found
  }
}
