/// A durable operation that is a part of a trace.
public struct TracedOperation: Sendable, Hashable {
  public let id: String
  /// The place of the call that it comes from.
  public let traceparent: String
}
