/// When a call ends whatever its client and handler do, because the right to make it does; admission
/// sets it:
///
///     storage[CallEnd.self] = CallEnd(at: instant, status: RPCError(.unauthenticated, "..."))
public final class CallEnd: CallStorageKey, Sendable {
  public typealias Value = CallEnd

  public let instant: ContinuousClock.Instant
  /// The status that the client gets then.
  public let status: RPCError

  public init(at instant: ContinuousClock.Instant, status: RPCError) {
    self.instant = instant
    self.status = status
  }
}
