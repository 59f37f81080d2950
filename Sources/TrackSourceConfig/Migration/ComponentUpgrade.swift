import TrackDomain
import YAML

/// Turns component.yaml 1.0 and 1.1 into 1.2: edits the file's own text where possible, so that
/// comments and layout stay, else writes it anew.
enum ComponentUpgrade {
  private static let current = "configurations"
  private static let former = "configuration"

  static func upgrade(
    _ file: SourceConfigFile, from version: SchemaVersion, content: [UInt8], _ limits: YAMLLimits
  ) throws(SourceConfigError) -> MigratedSourceConfig {
    let upgraded = upgradedRoot(file.root)
    // Texts that 1.0 and 1.1 did not check may break the rules of 1.2.
    var reader = SchemaReader()
    _ = SourceConfigSchema.component(SchemaPlace(path: "", node: upgraded), .newest, &reader)
    if let error = reader.error { throw error }
    var warnings = WarningList()
    warnOfEffects(file.root, version, &warnings)
    UnknownKeys.warn(of: upgraded, as: .component(.newest), .notApplied, &warnings)
    let text = edited(content, file.root)
    if let text, means(text, upgraded, limits) {
      return MigratedSourceConfig(content: text, wasNewest: false, warnings: warnings.all)
    }
    if YAMLComments.areIn(content, root: file.root) {
      warnings.add("the comments of the file are not carried over")
    }
    return MigratedSourceConfig(
      content: YAMLNodeWriter.write(upgraded), wasNewest: false, warnings: warnings.all)
  }

  // MARK: The tree

  private static func upgradedRoot(_ root: YAMLNode) -> YAMLNode {
    let hasCurrent = root.entry(current) != nil
    let entries = (root.entries ?? []).map { entry in
      var entry = entry
      if entry.key == "schemaVersion" {
        entry.value = YAMLNode(
          .scalar(SchemaVersion.newest.rawValue, isPlain: true), start: entry.value.start,
          end: entry.value.end)
      } else if entry.key == former, !hasCurrent {
        entry.key = current
      }
      return entry
    }
    return YAMLNode(.mapping(entries), start: root.start, end: root.end)
  }

  private static func warnOfEffects(
    _ root: YAMLNode, _ version: SchemaVersion, _ warnings: inout WarningList
  ) {
    let place = SchemaPlace(path: "", node: root)
    if place[current] != nil, let former = place[former] {
      warnings.add(former, "is not looked at, because there is configurations")
    }
    guard version == .v10 else { return }
    let without = [
      place[current], place[former], place["dependencies"]?["connectionReferences"],
    ]
    for place in without.compactMap({ $0 }) {
      warnings.add(place, "had no effect in schema 1.0, and has from 1.2 on")
    }
  }

  // MARK: The text

  /// The text with the version and the old key replaced; nil where they cannot be found in it.
  private static func edited(_ content: [UInt8], _ root: YAMLNode) -> String? {
    var edits: [(range: Range<Int>, text: String)] = []
    for entry in root.entries ?? [] {
      if entry.key == "schemaVersion" {
        guard !entry.value.isDecorated, entry.value.start.offset < entry.value.end.offset else {
          return nil
        }
        edits.append(
          (entry.value.start.offset..<entry.value.end.offset, SchemaVersion.newest.rawValue))
      } else if entry.key == former, root.entry(current) == nil {
        guard entry.keyStart.offset < entry.keyEnd.offset else { return nil }
        edits.append((entry.keyStart.offset..<entry.keyEnd.offset, current))
      }
    }
    edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    return apply(edits, to: content)
  }

  /// Line ends become line feeds, and the last line gets one. Ranges count characters.
  private static func apply(
    _ edits: [(range: Range<Int>, text: String)], to content: [UInt8]
  ) -> String? {
    var result: [UInt8] = []
    result.reserveCapacity(content.count + 16)
    var next = 0
    var offset = -1
    var last = UInt8(ascii: "\n")
    for byte in YAMLText.withoutMark(content) {
      // A continuation byte belongs to the character before it.
      if byte & 0xC0 != 0x80 { offset += 1 }
      if next < edits.count, offset >= edits[next].range.upperBound { next += 1 }
      if next < edits.count, edits[next].range.contains(offset) {
        let isFirst = offset == edits[next].range.lowerBound && byte & 0xC0 != 0x80
        if isFirst { result.append(contentsOf: edits[next].text.utf8) }
      } else if byte == UInt8(ascii: "\r") {
        result.append(UInt8(ascii: "\n"))
      } else if byte != UInt8(ascii: "\n") || last != UInt8(ascii: "\r") {
        result.append(byte)
      }
      last = byte
    }
    if result.last != UInt8(ascii: "\n") { result.append(UInt8(ascii: "\n")) }
    return String(validating: result, as: UTF8.self)
  }

  private static func means(_ text: String, _ root: YAMLNode, _ limits: YAMLLimits) -> Bool {
    guard let (read, problems) = try? YAMLTreeBuilder.read(Array(text.utf8), limits: limits) else {
      return false
    }
    return problems.isEmpty && read.means(root)
  }
}
