public import TrackDomain

/// Gets changes as they happen. Confined to the thread of its feed.
public protocol ChangeFollower: AnyObject {
  /// The place behind the newest change that the follower knows.
  var position: LogPlace { get set }
  /// The follower's group, and its index there; set by the feed.
  var group: ChangeGroup<Self>? { get set }
  var place: Int { get set }
}

/// The followers of one scope with the same rights.
public final class ChangeGroup<Follower: ChangeFollower> {
  public let scope: ChangeScope
  /// Makes the tokens of the scope.
  public let tokens: ResumeToken
  /// What the followers may read. Under another policy they go on with rights that say the same.
  public var access: Access
  public private(set) var followers: [Follower] = []

  init(_ scope: ChangeScope, _ tokens: ResumeToken, _ access: Access) {
    self.scope = scope
    self.tokens = tokens
    self.access = access
  }

  func add(_ follower: Follower) {
    follower.group = self
    follower.place = followers.count
    followers.append(follower)
  }

  func remove(_ follower: Follower) {
    let place = follower.place
    follower.group = nil
    let last = followers.removeLast()
    guard last !== follower else { return }
    followers[place] = last
    last.place = place
  }
}
