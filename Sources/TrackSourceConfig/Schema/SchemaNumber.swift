/// Numbers, as YAML and the casts of the schema's validator write them.
enum SchemaNumber {
  /// The number that `text` is: decimal, or whole with the prefix `0x`, `0o` or `0b`; blanks around
  /// it and `_` between digits do not count.
  static func parse(_ text: String) -> Double? {
    let trimmed = text.split(separator: " ").joined().split(separator: "_").joined()
    guard (1...32).contains(trimmed.utf8.count) else { return nil }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where trimmed.hasPrefix(prefix) {
      return UInt32(trimmed.dropFirst(2), radix: radix).map(Double.init)
    }
    // Keeps out what `Double` reads besides: words, and hexadecimal fractions.
    guard trimmed.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    return Double(trimmed)
  }
}
