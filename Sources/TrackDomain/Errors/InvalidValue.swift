/// A value that breaks the rule of its type, wherever it stands in a request.
public struct InvalidValue: Error, Sendable, Equatable {
  public let reason: ErrorReason
  /// What the value must be; goes to the caller.
  public let description: String

  public init(_ reason: ErrorReason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}
