/// What every call that changes something takes along.
public struct MutationOptions: Sendable {
  /// A UUID that makes a retry safe, or empty.
  public var requestId: String
  /// Check only: answer as the call would, without effect; the request id is ignored.
  public var validateOnly: Bool

  public init(requestId: String = "", validateOnly: Bool = false) {
    self.requestId = requestId
    self.validateOnly = validateOnly
  }
}
