/// The output of git, ssh and the remote, made fit to be read: no control characters, no
/// credentials, not too long.
struct GitWords: Hashable {
  /// The words of the remote; empty when it sent none.
  let remote: String
  /// The end of the whole output, for the log.
  let all: String

  private static let maximumRemote = 500
  private static let maximumAll = 1000

  init(_ bytes: [UInt8]) {
    let lines = Self.lines(bytes)
    remote = Self.first(Self.maximumRemote, of: lines.compactMap(Self.saidByRemote))
    all = Self.last(Self.maximumAll, of: lines)
  }

  /// A text as one clean line.
  static func clean(_ text: String) -> String {
    lines(Array(text.utf8)).joined(separator: " ")
  }

  /// The lines that are not empty, cleaned.
  private static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split { $0 == 0x0A || $0 == 0x0D }.map { line in
      withoutSecrets(withoutControls(String(decoding: line, as: UTF8.self)))
    }.filter { line in
      line.contains { $0.isLetter || $0.isNumber }
    }
  }

  /// `remote: ...` comes from servers and hooks (git-receive-pack(1)), `fatal: remote error: ...`
  /// tells why they end, and hosting sites write `ERROR: ...` over ssh.
  private static func saidByRemote(_ line: String) -> String? {
    let prefixes = ["remote: ", "remote:", "fatal: remote error: ", "ERROR: "]
    guard let prefix = prefixes.first(where: { line.hasPrefix($0) }) else { return nil }
    let text = trimmed(line.dropFirst(prefix.count))
    return text.contains { $0.isLetter || $0.isNumber } ? text : nil
  }

  // MARK: Cleaning

  /// Removes whole escape sequences of terminals; other control characters become spaces.
  private static func withoutControls(_ line: String) -> String {
    var text = String.UnicodeScalarView()
    var inEscape = false
    for scalar in line.unicodeScalars {
      switch scalar.properties.generalCategory {
      case _ where inEscape:
        inEscape = !(scalar.properties.isAlphabetic && scalar.isASCII)
      case .control:
        if scalar == "\u{1B}" { inEscape = true } else { text.append(" ") }
      case .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: text.append(" ")
      default: text.append(scalar)
      }
    }
    return trimmed(Substring(String(text)))
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  /// Replaces a secret.
  private static let cut = "***"
  private static let secretNames = [
    "password", "passwd", "token", "secret", "authorization", "private-token", "api_key", "apikey",
  ]

  /// Removes users and passwords from URLs, and values of secret settings.
  private static func withoutSecrets(_ line: String) -> String {
    line.split(separator: " ", omittingEmptySubsequences: false)
      .map { withoutSecretValue(withoutUser($0)) }.joined(separator: " ")
      .split(separator: " ", omittingEmptySubsequences: false)
      .reduce(into: (words: [String](), hides: false)) { state, word in
        let isScheme = ["bearer", "basic", "token"].contains(word.lowercased())
        state.words.append(state.hides && !isScheme && !word.isEmpty ? cut : String(word))
        if !(state.hides && (isScheme || word.isEmpty)) {
          state.hides = secretNames.contains { word.lowercased().hasSuffix($0 + ":") }
        }
      }.words.joined(separator: " ")
  }

  /// `scheme://user:password@host` loses everything between `//` and `@`.
  private static func withoutUser(_ word: Substring) -> String {
    var result = ""
    var rest = word
    while let start = rest.firstRange(ofPair: "://") {
      result += rest[..<start]
      rest = rest[start...]
      let authority = rest.prefix { $0 != "/" && $0 != "'" && $0 != "\"" }
      if let at = authority.lastIndex(of: "@") {
        result += cut
        rest = rest[at...]
      }
    }
    return result + rest
  }

  /// Replaces the value of `name=value` if the name is that of a secret.
  private static func withoutSecretValue(_ word: String) -> String {
    guard word.contains("=") else { return word }
    return word.split(separator: "&", omittingEmptySubsequences: false).map { part in
      guard let equals = part.firstIndex(of: "=") else { return String(part) }
      let name = part[..<equals].lowercased()
      return secretNames.contains { name.hasSuffix($0) } ? part[...equals] + cut : String(part)
    }.joined(separator: "&")
  }

  // MARK: Length

  private static func first(_ maximum: Int, of lines: [String]) -> String {
    let text = lines.joined(separator: " ").unicodeScalars
    return text.count <= maximum ? String(text) : String(text.prefix(maximum)) + "..."
  }

  private static func last(_ maximum: Int, of lines: [String]) -> String {
    let text = lines.joined(separator: "; ").unicodeScalars
    return text.count <= maximum ? String(text) : "..." + String(text.suffix(maximum))
  }
}

extension Substring {
  /// The index behind the first occurrence of `pair`.
  fileprivate func firstRange(ofPair pair: String) -> Index? {
    var rest = self
    while let index = rest.firstIndex(of: pair.first ?? ":") {
      if rest[index...].hasPrefix(pair) { return self.index(index, offsetBy: pair.count) }
      rest = rest[rest.index(after: index)...]
    }
    return nil
  }
}
