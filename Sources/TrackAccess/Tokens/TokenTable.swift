/// The tokens of a file, by their digests: the tokens themselves are nowhere.
public struct TokenTable: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    let digest: TokenDigest
    let caller: Caller
    var expiresAt: Int64? { caller.expiresAt }
  }

  /// By the first eight bytes of the digest. A digest tells nothing of the token behind it, so the
  /// time that the look-up takes gives nothing away; the rest is compared in constant time.
  private var entries: [UInt64: [Entry]] = [:]

  public init() {}

  public var isEmpty: Bool { entries.isEmpty }

  /// False when the token stands there already.
  mutating func add(_ entry: Entry) -> Bool {
    guard find(entry.digest) == nil else { return false }
    entries[Self.prefix(entry.digest), default: []].append(entry)
    return true
  }

  func find(_ digest: TokenDigest) -> Entry? {
    guard !entries.isEmpty else { return nil }
    return entries[Self.prefix(digest)]?.first { $0.digest.isSame(as: digest) }
  }

  private static func prefix(_ digest: TokenDigest) -> UInt64 {
    digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
