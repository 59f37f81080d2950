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
