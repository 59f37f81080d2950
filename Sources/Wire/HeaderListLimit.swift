/// How large header lists may be: the sum of name + value + 32 over their fields (RFC 9113 section
/// 6.5.2). One rule for both versions of HTTP.
///
/// Up to the soft limit a list always passes, above the hard one never. Between them it is refused
/// with a chance that grows with its size, so that a client whose metadata grow learns of it while
/// most of its requests still pass.
public struct HeaderListLimit: Sendable, Equatable {
  public let softBytes: Int
  public let hardBytes: Int

  /// - Parameter softBytes: no more than `hardBytes` count; nil: half of them, and no less than
  ///   8 KiB.
  public init(softBytes: Int?, hardBytes: Int) {
    self.hardBytes = max(0, hardBytes)
    self.softBytes = max(0, min(softBytes ?? max(8 * 1024, hardBytes / 2), self.hardBytes))
  }

  /// Whether a list that is not above the hard limit is refused for the soft one.
  ///
  /// - Parameter random: from 0 to 1; below the chance of a refusal, it is refused. The chance is 0
  ///   at the soft limit and 1 at the hard one.
  public func refuses(_ bytes: Int, random: () -> Double) -> Bool {
    guard bytes > softBytes else { return false }
    return random() < Double(bytes - softBytes) / Double(hardBytes - softBytes)
  }
}
