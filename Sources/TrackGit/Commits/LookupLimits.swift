/// How much is kept of what repositories answer and for how long, in microseconds.
public struct LookupLimits: Sendable {
  /// The most answers that are kept, and the most questions of one call.
  public var answers = 10_000
  /// The most repositories whose failure is remembered.
  public var failures = 1000
  /// How long a question that had no answer is not asked again.
  public var unknownMicroseconds: Int64 = 60_000_000
  /// How long a repository that failed is left alone; twice as long after each further failure.
  public var failureMicroseconds: Int64 = 5_000_000
  /// The longest that it is left alone.
  public var maximumFailureMicroseconds: Int64 = 300_000_000
  /// From when on nobody waits for a call that is under way.
  public var slowMicroseconds: Int64 = 4_000_000
  /// How long a call may take.
  public var callMicroseconds: Int64 = 120_000_000

  public init() {}
}
