/// The failed attempts of a deployment that has not ended.
///
/// Stores read them from the deployment's operation.
public struct DeploymentAttempts: Sendable, Hashable {
  /// The number of failed attempts; 0 when the deployment could not even be tried.
  public var count: Int32
  /// The last attempt's error, for people.
  public var lastError: String
  /// When the next attempt is due; nil during an attempt.
  public var nextAt: Timestamp?

  public init(count: Int32, lastError: String, nextAt: Timestamp?) {
    self.count = count
    self.lastError = lastError
    self.nextAt = nextAt
  }
}

extension DeploymentAttempts {
  /// Nil for an operation that has not failed yet, or whose deployment has ended.
  public init?(_ operation: Operation) {
    guard operation.kind == .deployment, operation.step < .recorded,
      operation.attempts > 0 || !operation.lastError.isEmpty
    else { return nil }
    self.init(
      count: operation.attempts, lastError: operation.lastError,
      nextAt: operation.lease == nil ? operation.dueAt : nil)
  }
}
