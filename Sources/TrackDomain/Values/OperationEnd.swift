/// What an operation has left to tell when it ended, for the callers that wait for its end.
public struct OperationEnd: Sendable, Hashable {
  /// Why an operation was given up.
  public struct Failure: Sendable, Hashable {
    /// For people.
    public var message: String
    /// Whether trying again may help.
    public var isTemporary: Bool

    public init(message: String, isTemporary: Bool) {
      self.message = message
      self.isTemporary = isTemporary
    }
  }

  public var operationId: String
  /// Nil when the operation was done.
  public var failure: Failure?
  /// Deletion: the places that were given up, one a line.
  public var abandoned: String

  public init(operationId: String, failure: Failure? = nil, abandoned: String = "") {
    self.operationId = operationId
    self.failure = failure
    self.abandoned = abandoned
  }
}
