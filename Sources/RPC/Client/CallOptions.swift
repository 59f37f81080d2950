public import Protobuf

/// The options of one call.
public struct CallOptions: Sendable {
  /// The call fails with DEADLINE_EXCEEDED when it takes longer; the server is told.
  public var timeout: Duration?
  /// The same as a point in time, to hand a handler's own deadline on. The earlier one counts.
  public var deadline: ContinuousClock.Instant? {
    get { ownDeadline?.instant }
    set { ownDeadline = newValue.map { Deadline($0) } }
  }
  private var ownDeadline: Deadline?
  /// Whether the call also ends at the deadline of the call that is being served: made in a
  /// handler's task, or one that has inherited its task-local values, it is part of the handler's
  /// work. False for work that is to outlive the handler.
  public var inheritsDeadline = true
  /// Waits for a connection, as long as the deadline allows, where the call would get UNAVAILABLE
  /// because none can be made (gRPC's wait-for-ready). While the first attempt to connect is under
  /// way all calls wait. Nil: as the service config says, else false.
  public var waitForReady: Bool?
  /// Sent with the request.
  public var metadata = Metadata()
  /// The largest message taken, in bytes. Above it RESOURCE_EXHAUSTED.
  public var maxReceiveMessageBytes = 4 << 20
  /// The largest message sent, in bytes. Above it RESOURCE_EXHAUSTED.
  public var maxSendMessageBytes = Int(Int32.max)
  /// What decoding a message may cost. Above it RESOURCE_EXHAUSTED. Nil: as the method's contract
  /// says (the generator's `DecodingMemory`), else 100 messages deep, and 32 times
  /// `maxReceiveMessageBytes` of memory, which suffices for any but the smallest submessages.
  public var decodingLimits: DecodingLimits?
  /// Makes metadata for each attempt of the call, besides the client's own credentials.
  public var credentials: (any CallCredentials)?
  /// The encoding of the request's messages, one of the client's: `gzip`. Nil and `identity` send
  /// them as they are. A server that does not have it answers UNIMPLEMENTED.
  public var encoding: String?
  /// Called as each attempt begins, transparent ones too, on the transport's executor; must be
  /// cheap and must not wait.
  public var onAttempt: (@Sendable (CallAttempt) -> AttemptWatch)?
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
    ownDeadline = deadline.map { Deadline($0) }
    self.metadata = metadata
  }

  /// Of its own, and the one that it inherits; on the caller's task.
  ///
  /// - Throws: DEADLINE_EXCEEDED when it has passed.
  func earliestDeadline(
    now: @autoclosure () -> ContinuousClock.Instant
  ) throws(RPCError) -> Deadline? {
    var earliest = inheritsDeadline ? ServedDeadline.current : nil
    if let ownDeadline { earliest = min(ownDeadline, earliest ?? ownDeadline) }
    if earliest == nil, timeout == nil { return nil }
    let now = now()
    if let timeout {
      let deadline = Deadline(now + timeout)
      earliest = min(deadline, earliest ?? deadline)
    }
    if let earliest, earliest.timeLeft(at: now) <= .zero { throw .deadlineExceeded }
    return earliest
  }

  /// With the settings of a service config: where they are stricter, or these say nothing.
  mutating func apply(_ config: MethodConfig) {
    if waitForReady == nil { waitForReady = config.waitForReady }
    if let bound = config.timeout { timeout = min(timeout ?? bound, bound) }
    if let bound = config.maxRequestMessageBytes {
      maxSendMessageBytes = min(maxSendMessageBytes, bound)
    }
    if let bound = config.maxResponseMessageBytes {
      maxReceiveMessageBytes = min(maxReceiveMessageBytes, bound)
    }
  }
}
