package import TrackDomain

/// A place in the log as this store has it: behind a change by its number, and the digest that tells
/// the change from others that had the number, in a database that was restored to an earlier state.
///
/// In a `LogPlace`: the sequence (8 bytes, high first) and the digest (8 bytes); nothing for the
/// start.
package struct LogPosition: Sendable, Hashable {
  /// Before the first change.
  package static let start = LogPosition(sequence: 0, digest: 0)

  package var sequence: Int64
  /// The digest of the change; 0 before the first change, and for a change that was dropped before
  /// digests were kept.
  package var digest: UInt64

  package init(sequence: Int64, digest: UInt64) {
    self.sequence = sequence
    self.digest = digest
  }

  /// Behind a change.
  package init(behind change: Change, sequence: Int64) {
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
    self.init(sequence: sequence, digest: max(1, digest.high ^ digest.low))
  }

  package var place: LogPlace {
    if self == .start { return .start }
    return LogPlace(UniqueID(high: UInt64(bitPattern: sequence), low: digest).bytes)
  }
}

/// What a client brings back of a place.
package struct NamedPosition: Hashable {
  package var sequence: Int64
  /// Nil in tokens of trackd 0.1.0, which named the sequence alone.
  package var digest: UInt64?

  /// Nil for what no version of this store made.
  package init?(_ bytes: [UInt8]) {
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    sequence = Int64(bitPattern: number(bytes.prefix(8)))
    switch bytes.count {
    case 0: digest = LogPosition.start.digest
    case 8: digest = nil
    case 16: digest = number(bytes.suffix(8))
    default: return nil
    }
    if sequence < 0 { return nil }
  }
}
