/// A place in the change log, behind a change. The digest tells that change from others that had
/// the same number, in a database that was restored to an earlier state.
public struct LogPlace: Sendable, Hashable {
  /// Before the first change.
  public static let start = LogPlace(sequence: 0, digest: 0)

  public var sequence: Int64
  /// The digest of the change; 0 before the first change, and for a change that was dropped before
  /// digests were kept.
  public var digest: UInt64

  public init(sequence: Int64, digest: UInt64) {
    self.sequence = sequence
    self.digest = digest
  }
}

extension LoggedChange {
  /// The place behind the change.
  public var place: LogPlace {
    var digest = Digest()
    digest.combine("change")
    digest.combine(UInt64(bitPattern: sequence))
    digest.combine(change.kind.rawValue)
    digest.combine(change.resource.rawValue)
    digest.combine(change.resourceId)
    digest.combine(UInt64(bitPattern: change.at.microseconds))
    digest.combine(change.actor.name)
    for byte in change.snapshot { digest.combine(byte) }
    // 0 is reserved for "no digest".
    return LogPlace(sequence: sequence, digest: max(1, digest.high ^ digest.low))
  }
}
