/// Names of Git objects.
enum GitHash {
  /// 40 or 64 lower-case hexadecimal digits.
  static func isFull(_ text: some StringProtocol) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64) && text.utf8.allSatisfy(isDigit)
  }

  /// At least 7 lower-case hexadecimal digits.
  static func isPrefix(_ text: some StringProtocol) -> Bool {
    (7...64).contains(text.utf8.count) && text.utf8.allSatisfy(isDigit)
  }

  /// What no object is called: a reference that does not exist. As long as other hashes there.
  static func zero(like hash: String) -> String {
    String(repeating: "0", count: hash.utf8.count)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }
}

/// How a repository names its objects: by SHA-1 or by SHA-256. One of a kind does not speak to one of
/// the other.
enum GitObjectFormat: String, Sendable, CaseIterable {
  case sha1
  case sha256

  /// That of a full hash; nil for what is none.
  init?(of hash: some StringProtocol) {
    guard GitHash.isFull(hash) else { return nil }
    self = hash.utf8.count == 40 ? .sha1 : .sha256
  }
}
