/// An attempt of a call that begins.
///
/// Source: gRFC A6; gRFC A72 has the same attributes.
public struct CallAttempt: Sendable, Hashable {
  /// How many attempts came before this one, without transparent ones.
  public let previous: Int
  /// Whether it is made because the server had not looked at the one before it.
  public let isTransparentRetry: Bool

  public init(previous: Int, isTransparentRetry: Bool) {
    self.previous = previous
    self.isTransparentRetry = isTransparentRetry
  }
}

/// What is done for one attempt of a call: a place in a trace that it hands on, and a span.
public struct AttemptWatch: Sendable {
  /// Sent with this attempt, besides the metadata of the call.
  public var metadata: Metadata
  /// Called once when the attempt ends, before the call does, with the error that it has ended
  /// with; nil for success. On the transport's executor; must be cheap and must not wait.
  public var onEnd: @Sendable (RPCError?) -> Void

  public init(metadata: Metadata = Metadata(), onEnd: @escaping @Sendable (RPCError?) -> Void) {
    self.metadata = metadata
    self.onEnd = onEnd
  }
}
