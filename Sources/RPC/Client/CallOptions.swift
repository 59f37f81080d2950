/// The options of one call.
public struct CallOptions: Sendable {
  /// The call fails with DEADLINE_EXCEEDED when it takes longer; the server is told.
  public var timeout: Duration?
  /// The same as a point in time, to hand a handler's own deadline on. The earlier one counts.
  public var deadline: ContinuousClock.Instant?
  /// Sent with the request.
  public var metadata = Metadata()
  /// The largest message taken, in bytes. Above it RESOURCE_EXHAUSTED.
  public var maxReceiveMessageBytes = 4 << 20
  /// The largest message sent, in bytes. Above it RESOURCE_EXHAUSTED.
  public var maxSendMessageBytes = Int(Int32.max)
  /// The encoding of the request's messages, one of the client's: `gzip`. Nil and `identity` send
  /// them as they are. A server that does not have it answers UNIMPLEMENTED.
  public var encoding: String?
  /// Called as each message of the response is taken, with whether it came compressed, on the
  /// transport's executor.
  public var onMessage: (@Sendable (_ wasCompressed: Bool) -> Void)?
  /// Called with the response's initial metadata when it comes, on the transport's executor.
  public var onInitialMetadata: (@Sendable (Metadata) -> Void)?
  /// Called with the response's trailing metadata, whatever the status, on the transport's
  /// executor.
  public var onTrailingMetadata: (@Sendable (Metadata) -> Void)?

  public init(timeout: Duration? = nil, metadata: Metadata = Metadata()) {
    self.timeout = timeout
    self.metadata = metadata
  }

  public init(deadline: ContinuousClock.Instant?, metadata: Metadata = Metadata()) {
    self.deadline = deadline
    self.metadata = metadata
  }

  func earliestDeadline(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    guard let timeout else { return deadline }
    let end = now + timeout
    return deadline.map { min($0, end) } ?? end
  }
}
