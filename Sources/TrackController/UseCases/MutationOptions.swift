/// The options that every call that changes something has.
public struct MutationOptions: Sendable {
  /// A UUID that makes a retry safe, or empty.
  public var requestId: String
  /// Only check: answer as the call would, without effect. The request id is ignored.
  public var validateOnly: Bool

  public init(requestId: String = "", validateOnly: Bool = false) {
    self.requestId = requestId
    self.validateOnly = validateOnly
  }
}
