import TestBasics
import Testing
import TrackDomain
import YAML

@testable import TrackSourceConfig

/// Random legacy files and random damage to valid ones, the same in each run.
@Suite(.timeLimit(.minutes(2))) struct MigrationPropertyTests {
  private static let words = [
    "User Store", "user-store", "user_store", "no", "1e3", "0123", "A: b", "#x", "é\u{1F600}", "-",
    "x\"y'", String(repeating: "Long ", count: 20), "[a]", "null", " a ", "1.2.3", "\u{85}", "ok",
  ]

  private func endpoint(_ random: inout SeededRandom) -> String {
    let word = YAMLScalar.quoted(Self.words.randomElement(using: &random) ?? "")
    let type = EndpointParts.types.randomElement(using: &random)?.name ?? ""
    var fields = ["name: \(word)", "port: \(Int.random(in: 1001...65534, using: &random))"]
    fields.append("type: \(type)")
    if ["REST", "GraphQL", "WS"].contains(type) {
      fields.append("context: /\(random.next() % 100)")
    }
    if Bool.random(using: &random) {
      let visibility = EndpointParts.visibilities.randomElement(using: &random)?.name ?? ""
      fields.append("networkVisibility: \(visibility)")
    }
    if Bool.random(using: &random) { fields.append("schemaFilePath: \(word)") }
    if random.next() % 4 == 0 { fields.append("other: [x]") }
    fields.shuffle(using: &random)
    return "{\(fields.joined(separator: ", "))}"
  }

  @Test(arguments: 0..<200)
  func `what comes out is valid, stays as it is, and has what went in`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let list = (0..<Int.random(in: 0...12, using: &random)).map { _ in endpoint(&random) }
    let isNew = Bool.random(using: &random)
    let name = isNew ? "component-config.yaml" : "endpoints.yaml"
    let inner = "[\(list.joined(separator: ",\n    "))]\n"
    let text =
      isNew
      ? "apiVersion: core.choreo.dev/v1beta1\nkind: ComponentConfig\nspec:\n  inbound:\n   \(inner)"
      : "version: 0.1\nendpoints: \(inner)"
    let migrated = try Samples.migrate(text, as: name)
    #expect(try Samples.migrate(text, as: name) == migrated)
    let again = try Samples.migrate(migrated.content)
    #expect(again.content == migrated.content)
    #expect(again.wasNewest)
    #expect(migrated.content.hasSuffix("\n"))

    var reader = SchemaReader()
    let before = try #require(
      SourceConfigSchema.read(
        fileName: name, root: try YAMLTreeBuilder.read(Array(text.utf8)).root, &reader))
    let after = try #require(
      SourceConfigSchema.read(
        fileName: "component.yaml",
        root: try YAMLTreeBuilder.read(Array(migrated.content.utf8)).root, &reader))
    #expect(reader.error == nil)
    #expect(after.kind.isNewest)
    #expect(after.endpoints.map(\.port) == before.endpoints.map(\.port))
    #expect(after.endpoints.map(\.type) == before.endpoints.map(\.type))
    #expect(after.endpoints.map(\.basePath?.value) == before.endpoints.map(\.basePath?.value))
    #expect(
      after.endpoints.map(\.schemaFilePath?.value)
        == before.endpoints.map(\.schemaFilePath?.value))
  }

  @Test(arguments: 0..<40)
  func `damaged files are read, migrated or refused, never more`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for (name, text) in Samples.all {
      for _ in 0..<50 {
        let bytes = damaged(Array(text.utf8), &random)
        check(bytes, as: name)
      }
    }
  }

  private func damaged(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    let pieces =
      Samples.all.map { Array($0.1.utf8) }
      + [
        "&a ", "*a", "<<: ", "\t", "- ", "? ", "!!str ", "\u{FEFF}", "|\n", "\r\n", "'", "{", "]",
        "---\n", "#", "\0", "%",
      ].map { Array($0.utf8) }
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      switch random.next() % 5 {
      case 0:
        let end = min(bytes.count, place + Int.random(in: 0...20, using: &random))
        bytes.removeSubrange(place..<end)
      case 1:
        if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
      case 2:
        let piece = pieces.randomElement(using: &random) ?? []
        let start = Int.random(in: 0...piece.count, using: &random)
        bytes.insert(contentsOf: piece[start...].prefix(40), at: place)
      case 3: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
      default: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: place)
      }
    }
    return bytes
  }

  /// Reading twice gives the same result, and a migrated file is valid.
  private func check(_ bytes: [UInt8], as name: String) {
    let first = Result { () throws(SourceConfigError) in
      try Samples.format.read(fileName: name, content: bytes)
    }
    let second = Result { () throws(SourceConfigError) in
      try Samples.format.read(fileName: name, content: bytes)
    }
    #expect(first == second)
    if case .failure(let error) = first {
      #expect(!error.violations.isEmpty)
      #expect(error.violations.allSatisfy { $0.line > 0 && $0.column > 0 && !$0.message.isEmpty })
    }
    guard let migrated = try? Samples.format.migrate(fileName: name, content: bytes) else { return }
    do {
      let again = try Samples.format.migrate(
        fileName: "component.yaml", content: Array(migrated.content.utf8))
      #expect(again.content == migrated.content)
      #expect(again.wasNewest)
    } catch {
      Issue.record("\(error) of \(migrated.content)")
    }
  }
}
