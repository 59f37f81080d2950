import Wire

/// Reads the file of `--auth-tokens`. A line has a name, the SHA-256 of a token, and options:
///
///     # Made with: trackctl auth token ci-cart
///     ci-cart  sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
///     ada      sha256:6b86...  groups=deployers,admins  expires=2027-01-31T00:00:00Z
///
/// Blank lines and lines that begin with `#` say nothing. A name may have several tokens, of which
/// one goes when the other is in use.
public enum TokenFile {
  public static let mostBytes = 1 << 20

  public static func read(_ bytes: [UInt8]) throws(AccessFileFault) -> TokenTable {
    guard bytes.count <= mostBytes else {
      throw AccessFileFault(line: 1, "the file has more than \(mostBytes) bytes")
    }
    var table = TokenTable()
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      guard let text = String(validating: line, as: UTF8.self) else {
        throw AccessFileFault(line: number, "is not UTF-8")
      }
      guard let entry = try entry(text, line: number) else { continue }
      guard table.add(entry) else {
        throw AccessFileFault(line: number, "has the same token as an earlier line")
      }
    }
    return table
  }

  private static func entry(
    _ line: String, line number: Int
  ) throws(AccessFileFault) -> TokenTable.Entry? {
    let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
    guard let first = words.first, !first.hasPrefix("#") else { return nil }
    let name = String(first)
    guard isWord(name) else {
      throw AccessFileFault(
        line: number, "a name has 1 to 63 letters, digits and the characters . _ - @")
    }
    guard words.count >= 2, let digest = digest(words[1]) else {
      // The word may be a token that somebody has written there: it is not repeated.
      throw AccessFileFault(
        line: number, "behind the name stands 'sha256:' and 64 hexadecimal digits")
    }
    var caller = Caller(principal: "token:\(name)")
    for option in words.dropFirst(2) { try apply(option, to: &caller, line: number) }
    return TokenTable.Entry(digest: digest, caller: caller)
  }

  private static func apply(
    _ option: Substring, to caller: inout Caller, line: Int
  ) throws(AccessFileFault) {
    let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    switch parts[0] {
    case "groups" where parts.count == 2 && caller.groups.isEmpty:
      let names = parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard names.allSatisfy(isWord) else {
        throw AccessFileFault(line: line, "'groups' has names separated by commas")
      }
      caller.groups = names.map { "token:\($0)" }
    case "expires" where parts.count == 2 && caller.expiresAt == nil:
      let time = CivilTime.parse(rfc3339: String(parts[1]), allowsLowercase: false)
      guard let time else {
        throw AccessFileFault(
          line: line, "'expires' has a time such as 2027-01-31T00:00:00Z")
      }
      caller.expiresAt = time.seconds
    default:
      throw AccessFileFault(
        line: line, "behind the token stand 'groups=NAME,...' and 'expires=TIME', once each")
    }
  }

  private static func digest(_ word: Substring) -> TokenDigest? {
    guard word.hasPrefix("sha256:"), word.utf8.count == 7 + 64,
      let bytes = Hexadecimal.bytes(word.dropFirst(7))
    else { return nil }
    return TokenDigest(bytes: bytes)
  }

  /// Whether it can be a name of this file.
  public static func isWord(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"), UInt8(ascii: "@"):
          true
        default: false
        }
      }
  }
}
