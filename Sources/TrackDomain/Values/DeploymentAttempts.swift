/// What became of a deployment that has not ended, as often as it was tried.
///
/// Stores take it from the deployment's operation.
public struct DeploymentAttempts: Sendable, Hashable {
  /// How many attempts did not work; 0 when it could not even be tried.
  public var count: Int32
  /// Why the last one did not, for people.
  public var lastError: String
  /// When the next one is due; nil while it is being tried.
  public var nextAt: Timestamp?

  public init(count: Int32, lastError: String, nextAt: Timestamp?) {
    self.count = count
    self.lastError = lastError
    self.nextAt = nextAt
  }
}

extension DeploymentAttempts {
  /// Nil for an operation whose deployment has ended, or that has not failed yet.
  public init?(_ operation: Operation) {
    guard operation.kind == .deployment, operation.step < .recorded,
      operation.attempts > 0 || !operation.lastError.isEmpty
    else { return nil }
    self.init(
      count: operation.attempts, lastError: operation.lastError,
      nextAt: operation.leaseHolder == nil ? operation.dueAt : nil)
  }
}
