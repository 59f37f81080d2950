/// A queue of operations that no executor has taken. Queues are independent: an obstacle to one
/// does not delay the others.
public enum OperationQueue: Sendable, Hashable {
  /// Deployments into an environment.
  case deployments(environmentId: String)
  /// Deployments that have ended and are still to be reported to release management.
  case reports
  /// Deletions of tracks, and removals from places that environments have left.
  case deletions
}

/// Which operations count as due.
public struct DueWindow: Sendable, Hashable {
  /// Up to this time.
  public var now: Timestamp
  /// And after this time. No operation is postponed so far: an operation with a later due time was
  /// written before the clock was set back.
  public var far: Timestamp

  public init(now: Timestamp, far: Timestamp) {
    self.now = now
    self.far = far
  }

  public func contains(_ time: Timestamp) -> Bool { time <= now || time > far }
}

/// An operation that is due, as far as its index tells.
public struct DueOperation: Sendable, Hashable {
  public var id: String
  public var componentId: String
  /// Whether it was never tried.
  public var isNew: Bool

  public init(id: String, componentId: String, isNew: Bool) {
    self.id = id
    self.componentId = componentId
    self.isNew = isNew
  }
}

/// When the first and the last operation of a queue is due; they may be the same.
public struct QueueTimes: Sendable, Hashable {
  public var first: Timestamp
  public var last: Timestamp

  public init(first: Timestamp, last: Timestamp) {
    self.first = first
    self.last = last
  }
}

/// An environment with waiting deployments.
public struct WaitingEnvironment: Sendable, Hashable {
  public var id: String
  public var times: QueueTimes

  public init(id: String, times: QueueTimes) {
    self.id = id
    self.times = times
  }
}
