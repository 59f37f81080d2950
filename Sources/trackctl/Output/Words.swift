import Protobuf

/// Values as people read them.
enum Words {
  /// `2026-11-25T01:04:55Z`; empty for nil.
  static func time(_ time: Timestamp?) -> String {
    guard let time, let text = try? time.jsonString() else { return "" }
    let bare = text.filter { $0 != "\"" }
    guard let point = bare.firstIndex(of: ".") else { return bare }
    return bare[..<point] + "Z"
  }

  /// A value of an enum without its enum's name, in lower case: `in progress`.
  static func word<E: Enumeration>(_ value: E) -> String {
    guard let name = value.name else { return "\(value.rawValue)" }
    let prefix = commonPrefix(E.allCases.compactMap(\.name))
    return name.dropFirst(prefix).lowercased().replacing("_", with: " ")
  }

  /// Up to the last underscore of the prefix that all names share.
  private static func commonPrefix(_ names: [String]) -> Int {
    guard var prefix = names.first else { return 0 }
    for name in names {
      while !name.hasPrefix(prefix) { prefix.removeLast() }
    }
    guard let end = prefix.lastIndex(of: "_") else { return 0 }
    return prefix.distance(from: prefix.startIndex, to: end) + 1
  }

  static func yes(_ value: Bool) -> String { value ? "yes" : "" }

  /// The beginning of an id or a hash, which is enough for people.
  static func short(_ id: String) -> String { String(id.prefix(8)) }

  /// The first line of a text, shortened.
  static func line(_ text: String, _ length: Int = 60) -> String {
    let first = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
    return first.count > length ? first.prefix(length - 3) + "..." : first
  }
}
