/// Sizes of the cache of lookups in repositories, and times in microseconds.
public struct LookupLimits: Sendable {
  /// The most answers that are kept, and the most questions of one call.
  public var answers = 10_000
  /// The most repositories whose failure is remembered.
  public var failures = 1000
  /// How long a question without an answer is not asked again.
  public var unknownMicroseconds: Int64 = 60_000_000
  /// How long a repository is not asked after a failure; doubles with each further failure.
  public var failureMicroseconds: Int64 = 5_000_000
  /// The longest such pause.
  public var maximumFailureMicroseconds: Int64 = 300_000_000
  /// After this time, callers no longer wait for a running call.
  public var slowMicroseconds: Int64 = 4_000_000
  /// How long a call may take.
  public var callMicroseconds: Int64 = 120_000_000

  public init() {}
}
