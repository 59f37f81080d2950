import YAML

/// Warnings for people, bounded: a hostile file could repeat them without end.
struct WarningList {
  private static let limit = 100

  private var warnings: [String] = []
  private var total = 0

  /// - Parameter warning: made only if the list has room for it.
  mutating func add(_ warning: @autoclosure () -> String) {
    total += 1
    if warnings.count < Self.limit { warnings.append(warning()) }
  }

  /// Adds a warning about a place of the file.
  mutating func add(
    _ path: String, _ position: YAMLPosition, _ warning: @autoclosure () -> String
  ) {
    add("\(path): line \(position.line), column \(position.column): \(warning())")
  }

  mutating func add(_ place: SchemaPlace, _ warning: @autoclosure () -> String) {
    add(place.path, place.node.start, warning())
  }

  var all: [String] {
    total > warnings.count ? warnings + ["and \(total - warnings.count) warnings more"] : warnings
  }

  /// `text` for use in a sentence.
  static func quote(_ text: String) -> String {
    YAMLScalar.quoted(text.count > 100 ? text.prefix(100) + "…" : text)
  }

  /// A key for use in a sentence: in quotes unless it is a plain word.
  static func word(_ key: String) -> String {
    YAMLScalar.canBePlain(key) && !key.utf8.contains(UInt8(ascii: " ")) ? key : quote(key)
  }
}
