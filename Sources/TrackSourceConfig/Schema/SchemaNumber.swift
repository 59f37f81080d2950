/// Numbers in the notations of YAML and of the casts in the schema's validator.
enum SchemaNumber {
  /// The number in `text`: decimal, or an integer with the prefix `0x`, `0o` or `0b`; ignores
  /// blanks around it and `_` between digits.
  static func parse(_ text: String) -> Double? {
    let trimmed = text.split(separator: " ").joined().split(separator: "_").joined()
    guard (1...32).contains(trimmed.utf8.count) else { return nil }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where trimmed.hasPrefix(prefix) {
      return UInt32(trimmed.dropFirst(2), radix: radix).map(Double.init)
    }
    // `Double` also reads words and hexadecimal fractions, which are excluded here.
    guard trimmed.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    return Double(trimmed)
  }
}
