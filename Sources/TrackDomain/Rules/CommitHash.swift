/// Full hashes of Git commits: 40 (SHA-1) or 64 (SHA-256) hexadecimal digits of either case.
public enum CommitHash {
  /// `hash` in lower case, if it is a full hash.
  public static func check(_ hash: String) throws(InvalidValue) -> String {
    let bytes = hash.utf8
    guard bytes.count == 40 || bytes.count == 64, bytes.allSatisfy(HexDigit.isValid) else {
      throw InvalidValue(.invalidCommitHash, "must be 40 or 64 hexadecimal digits")
    }
    return HexDigit.lowercased(hash)
  }

  /// `hash` in lower case, if it is the beginning of a hash: at least 7 digits.
  public static func checkBeginning(_ hash: String) throws(InvalidValue) -> String {
    let bytes = hash.utf8
    guard (7...64).contains(bytes.count), bytes.allSatisfy(HexDigit.isValid) else {
      throw InvalidValue(.invalidCommitHash, "must be 7 to 64 hexadecimal digits")
    }
    return HexDigit.lowercased(hash)
  }
}

/// The hexadecimal digits of hashes.
enum HexDigit {
  static func isValid(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }

  /// Changes ASCII letters only, and copies nothing where nothing changes.
  static func lowercased(_ text: String) -> String {
    let upper = UInt8(ascii: "A")...UInt8(ascii: "Z")
    guard text.utf8.contains(where: upper.contains) else { return text }
    return String(decoding: text.utf8.map { upper.contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
