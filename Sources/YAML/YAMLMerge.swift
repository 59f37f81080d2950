/// The merge key of YAML 1.1: `<<: *base`.
enum YAMLMerge {
  /// The mappings under a merge key, in the order of precedence.
  static func sources(_ value: YAMLNode) throws(YAMLError) -> [YAMLNode] {
    let sources = value.elements ?? [value]
    guard let bad = sources.first(where: { $0.entries == nil }) else { return sources }
    throw YAMLError(position: bad.start, message: "must merge mappings only")
  }

  /// `entries`, and the entries of `sources` with other keys.
  static func merge(_ sources: [YAMLNode], into entries: [YAMLNode.Entry]) -> [YAMLNode.Entry] {
    if sources.isEmpty { return entries }
    var merged = entries
    var keys = Set(entries.map(\.key))
    for entry in sources.lazy.compactMap(\.entries).joined()
    where keys.insert(entry.key).inserted {
      merged.append(entry)
    }
    return merged
  }
}
