/// A pattern for whole names: `*` stands for any characters, none included, and every other
/// character for itself.
struct NamePattern: Sendable, Hashable {
  let text: String
  /// What stands between the stars.
  private let parts: [[UInt8]]

  init(_ text: String) {
    self.text = text
    parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
      .map(Array.init)
  }

  /// The characters before the first star.
  var head: String { String(decoding: parts[0], as: UTF8.self) }

  var hasStar: Bool { parts.count > 1 }

  func matches(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard hasStar else { return bytes == parts[0] }
    guard let last = parts.last, bytes.count >= parts[0].count + last.count,
      bytes.starts(with: parts[0]), bytes.suffix(last.count).elementsEqual(last)
    else { return false }
    var rest = bytes[parts[0].count..<(bytes.count - last.count)]
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let end = Self.end(of: part, in: rest) else { return false }
      rest = rest[end...]
    }
    return true
  }

  /// Behind the first place of `part`.
  private static func end(of part: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    var start = bytes.startIndex
    while bytes.endIndex - start >= part.count {
      if bytes[start..<(start + part.count)].elementsEqual(part) { return start + part.count }
      start += 1
    }
    return nil
  }
}

/// Whom a policy means: principals and groups, by patterns.
struct Subjects: Sendable, Hashable {
  var principals: [NamePattern] = []
  var groups: [NamePattern] = []

  func include(_ caller: Caller) -> Bool {
    principals.contains { $0.matches(caller.principal) }
      || groups.contains { pattern in caller.groups.contains(where: pattern.matches) }
  }
}
