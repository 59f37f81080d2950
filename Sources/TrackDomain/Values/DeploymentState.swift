/// How far a deployment is. The raw values are kept in stores.
public enum DeploymentState: UInt8, Sendable, Hashable, CaseIterable {
  case queued = 1
  case inProgress = 2
  case succeeded = 3
  case failed = 4
  case cancelled = 5
  /// A newer one took its place before it began.
  case superseded = 6

  /// Whether it stays as it is.
  public var isFinal: Bool { self != .queued && self != .inProgress }
}
