/// Hashes of Git objects.
enum GitHash {
  /// 40 or 64 lower-case hexadecimal digits.
  static func isFull(_ text: some StringProtocol) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64) && text.utf8.allSatisfy(isDigit)
  }

  /// At least 7 lower-case hexadecimal digits.
  static func isPrefix(_ text: some StringProtocol) -> Bool {
    (7...64).contains(text.utf8.count) && text.utf8.allSatisfy(isDigit)
  }

  /// The hash that no object has, which stands for a missing reference. As long as `hash`.
  static func zero(like hash: String) -> String {
    String(repeating: "0", count: hash.utf8.count)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }
}

/// The hash function of a repository's objects: SHA-1 or SHA-256. Repositories of different formats
/// cannot exchange objects.
enum GitObjectFormat: String, Sendable, CaseIterable {
  case sha1
  case sha256

  /// The format of a full hash; nil for other texts.
  init?(of hash: some StringProtocol) {
    guard GitHash.isFull(hash) else { return nil }
    self = hash.utf8.count == 40 ? .sha1 : .sha256
  }
}
