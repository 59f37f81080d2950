/// The allowed tags: those of YAML's own schema.
enum YAMLTag {
  private static let prefix = "tag:yaml.org,2002:"
  static let sequence: Set<String> = ["!", prefix + "seq"]
  static let mapping: Set<String> = ["!", prefix + "map"]
  private static let texts: Set<String> = ["!", prefix + "str"]
  private static let others: Set<String> = Set(
    ["null", "bool", "int", "float"].map { prefix + $0 })

  /// Whether the schema decides on the type of a scalar, by its form and its tag.
  static func isPlain(
    _ isPlain: Bool, _ tag: String?, at position: YAMLPosition
  ) throws(YAMLError) -> Bool {
    guard let tag else { return isPlain }
    if texts.contains(tag) { return false }
    if others.contains(tag) { return true }
    throw YAMLError(position: position, message: "must not have the tag \(tag)")
  }
}
