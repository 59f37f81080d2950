/// Sentences for people, bounded: what a hostile file could repeat is cut off.
struct WarningList {
  private static let limit = 100

  private var warnings: [String] = []
  private var total = 0

  mutating func add(_ warning: String) {
    total += 1
    if warnings.count < Self.limit { warnings.append(warning) }
  }

  var all: [String] {
    total > warnings.count ? warnings + ["and \(total - warnings.count) warnings more"] : warnings
  }

  /// `text` as it stands in a sentence.
  static func quote(_ text: String) -> String {
    YAMLScalar.quoted(text.count > 100 ? text.prefix(100) + "…" : text)
  }
}
