import TrackDomain

/// A fault of the repository itself, in git's words: a lock that stays, or an object that cannot be
/// read.
struct GitTrouble: Hashable {
  enum Kind: Hashable {
    case lock
    case damage
  }

  let kind: Kind
  /// The lock file, relative to the repository's root; or the damage, in git's words. Without
  /// folders of the server.
  let what: String

  /// Reads the output of git in the C locale: its own words, or the remote's.
  init?(_ bytes: [UInt8]) {
    let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }.map { String(decoding: $0, as: UTF8.self) }
    if let file = lines.lazy.compactMap(Self.lockFile).first {
      (kind, what) = (.lock, file)
      return
    }
    let damaged = lines.filter(Self.tellsOfDamage)
    // The line above that one names the damage.
    guard let line = damaged.last(where: { !$0.contains(Self.conclusion) }) ?? damaged.last else {
      return nil
    }
    (kind, what) = (.damage, Self.shortened(line))
  }

  var error: IntegrationError {
    switch kind {
    case .lock: IntegrationError(.locked, "a lock is in the way, '\(what)'")
    case .damage: IntegrationError(.damaged, "something is damaged: \(what)")
    }
  }

  // MARK: Signs

  /// `Unable to create '/srv/ops.git/refs/heads/main.lock': File exists.`
  private static func lockFile(_ line: String) -> String? {
    let lower = line.lowercased()
    guard lower.contains("file exists"), lower.contains(".lock") else { return nil }
    return words(line).lazy.map(withoutFolders).first { $0.hasSuffix(".lock") }
  }

  private static let conclusion = "corruption on the remote side"

  private static let signs = [
    conclusion, "is corrupt", "corrupt loose object", "corrupt packed object", "data stream error",
    "reference broken", "ignoring broken ref", "nonexistent object",
    "does not point to a valid object", "can't load tree", "not a valid commit:",
    "bad tree object", "bad object", "missing necessary objects", "unresolved deltas",
    "does not match index", "packfile claims", "pack has bad object", "hash mismatch",
    "garbage at end of loose object", "did not send all necessary objects", "unable to read tree",
    "failed to read object",
  ]
  /// These phrases mean damage only before a hash: other programs use them for keys, passwords and
  /// answers.
  private static let readings = ["unable to read ", "could not read ", "missing object "]

  private static func tellsOfDamage(_ line: String) -> Bool {
    let lower = line.lowercased()
    if signs.contains(where: { lower.contains($0) }) { return true }
    if lower.contains("object file "), lower.contains(" is empty") { return true }
    return readings.contains { lower.contains($0) } && words(lower).contains(where: GitHash.isFull)
  }

  // MARK: Words

  private static let maximum = 300
  private static let openings = [
    "remote: ", "fatal: ", "error: ", "warning: ", "git upload-pack: ",
  ]

  /// Without the program's name and without storage paths.
  private static func shortened(_ line: String) -> String {
    var text = GitWords.clean(line)[...]
    while let opening = openings.first(where: { text.hasPrefix($0) }) {
      text = text.dropFirst(opening.count)
    }
    if let start = text.ranges(of: " (stored in ").first?.lowerBound,
      let end = text[start...].firstIndex(of: ")")
    {
      text = text[..<start] + text[text.index(after: end)...]
    }
    let words = text.split(separator: " ").map {
      isPath($0) ? withoutFolders($0) : String($0)
    }
    return String(words.joined(separator: " ").unicodeScalars.prefix(maximum))
  }

  private static func isPath(_ word: Substring) -> Bool {
    let start = word.drop { $0 == "'" || $0 == "\"" || $0 == "(" }
    return start.hasPrefix("/") || start.hasPrefix("./")
  }

  private static func words(_ line: String) -> [Substring] { line.split(separator: " ") }

  /// A path without quotes and without the folders above the repository.
  private static func withoutFolders(_ word: Substring) -> String {
    let path = word.filter { $0 != "'" && $0 != "\"" }.trimmed(behind: [":", ",", "."])
    for folder in ["refs/", "objects/"] where !path.hasPrefix(folder) {
      if let start = path.ranges(of: "/" + folder).first?.lowerBound {
        return String(path[path.index(after: start)...])
      }
    }
    guard path.hasPrefix("/") || path.hasPrefix("./") else { return path }
    return path.split(separator: "/").last.map(String.init) ?? ""
  }
}

extension String {
  fileprivate func trimmed(behind characters: Set<Character>) -> String {
    var text = self
    while let last = text.last, characters.contains(last) { text.removeLast() }
    return text
  }
}
