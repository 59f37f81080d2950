public import TrackDomain

/// A deployment that has come to its end, as it was committed.
public struct DeploymentEnd: Sendable, Hashable {
  public let environmentId: String
  public let kind: DeploymentKind
  public let state: DeploymentState

  public init(environmentId: String, kind: DeploymentKind, state: DeploymentState) {
    self.environmentId = environmentId
    self.kind = kind
    self.state = state
  }
}

/// What is in a store, counted when somebody asks.
public struct StoreCensus: Sendable {
  /// Operations of one kind and state.
  public struct Operations: Sendable, Hashable {
    public let kind: Operation.Kind
    public let state: OperationState
    public let count: Int
    /// When the oldest of them was accepted.
    public let oldest: Timestamp

    package init(kind: Operation.Kind, state: OperationState, count: Int, oldest: Timestamp) {
      self.kind = kind
      self.state = state
      self.count = count
      self.oldest = oldest
    }
  }

  public var operations: [Operations] = []
  /// From the oldest change that is in the log to the newest.
  public var loggedChanges = 0
  /// The number of the newest event of the audit; 0 for none.
  public var lastAuditEvent: Int64 = 0
  /// How the last restore stands, with some examples; nil when there never was one.
  public var restore: RestoreReport?

  public init() {}
}

/// What becomes of an operation, for whoever counts them.
public enum OperationState: String, Sendable, CaseIterable {
  /// An executor works on it.
  case running
  /// It was tried, without success so far.
  case retrying
  case waiting
}
