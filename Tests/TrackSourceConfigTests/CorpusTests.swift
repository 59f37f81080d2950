import FoundationEssentials
import Testing
import TrackDomain
import YAML

@testable import TrackSourceConfig

/// The files below `Inputs`: a folder for each schema, and in it files that keep each rule and
/// files that break it. The comments at the head of a file are the expected answer: `valid` and the
/// warnings, or `invalid` and the violations.
@Suite(.timeLimit(.minutes(2))) struct CorpusTests {
  struct File: Sendable, CustomTestStringConvertible {
    var folder: String
    /// `<rule>[.<variant>].<valid|invalid>.yaml`
    var name: String
    var content: String

    var testDescription: String { "\(folder)/\(name)" }
    var rule: String { String(name.prefix { $0 != "." }) }
    var isValid: Bool { name.hasSuffix(".valid.yaml") }

    /// The file name that selects the schema.
    var fileName: String {
      switch folder {
      case "endpoints": "endpoints.yaml"
      case _ where folder.hasPrefix("component-config"): "component-config.yaml"
      default: "component.yaml"
      }
    }

    /// The comment lines at the head of the file, without their marks.
    var head: [String] {
      content.split(separator: "\n").prefix { $0.hasPrefix("# ") }.map { String($0.dropFirst(2)) }
    }
  }

  static let files: [File] = {
    let root = "\(#filePath)".replacing("CorpusTests.swift", with: "Inputs")
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return folders.sorted().flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
      return names.sorted().map { name in
        let content = try? String(contentsOfFile: "\(root)/\(folder)/\(name)", encoding: .utf8)
        return File(folder: folder, name: name, content: content ?? "")
      }
    }
  }()

  private static let kinds: [(folder: String, kind: SourceConfigKind)] =
    SchemaVersion.allCases.map { ("component-\($0.rawValue)", .component($0)) }
    + ComponentConfigVersion.allCases.map {
      ("component-config-\($0.rawValue)", .componentConfig($0))
    } + [("endpoints", .endpoints)]

  @Test(arguments: files) func `each file gets the answer at its head`(file: File) {
    let answer: [String]
    do {
      let warnings = try Samples.read(file.content, as: file.fileName).warnings
      answer = ["valid"] + warnings.filter { !$0.hasPrefix("OUTDATED_SOURCE_CONFIG") }
    } catch {
      let violations = error.violations.map { "\($0.path) \($0.line):\($0.column) \($0.message)" }
      answer = ["invalid"] + violations
    }
    // Violations come in the order of the file, but not all warnings do.
    #expect(answer.first == file.head.first)
    #expect(answer.sorted() == file.head.sorted())
    #expect(answer.first == (file.isValid ? "valid" : "invalid"))
  }

  @Test(arguments: files.filter(\.isValid))
  func `each valid file becomes one of the newest kind that says the same`(file: File) throws {
    let before = try Samples.read(file.content, as: file.fileName)
    let migrated = try? Samples.migrate(file.content, as: file.fileName)
    // Migrating fails only for files with ignored parts, which the new schema checks.
    guard let migrated else { return #expect(file.content.contains("nothing of it counts")) }
    #expect(migrated.wasNewest == (file.folder == "component-1.2"))
    let after = try Samples.read(migrated.content)
    #expect(after.endpoints == before.endpoints)
    #expect(after.environmentVariables == before.environmentVariables)
    #expect(after.files.map(\.file) == before.files.map(\.file))
  }

  @Test(arguments: kinds)
  func `each rule has a file that keeps it and one that breaks it`(
    folder: String, kind: SourceConfigKind
  ) {
    let rules = Dictionary(grouping: Self.files.filter { $0.folder == folder }, by: \.rule)
    #expect(rules.count > 10)
    for (rule, files) in rules where !Self.areWarnedOfOnly.contains(rule) {
      #expect(files.contains { !$0.isValid }, "no file breaks \(rule)")
      #expect(files.contains(where: \.isValid) || rule.hasPrefix("track-"), "none keeps \(rule)")
    }
  }

  /// Rules that only warn, in some schemas or in all.
  private static let areWarnedOfOnly: Set<String> = [
    "unknown-key", "unused", "proxy", "configurations-file", "connection-references",
    "configurations",
  ]

  @Test(arguments: kinds)
  func `each key of each schema is in a valid file and in the answer to an invalid one`(
    folder: String, kind: SourceConfigKind
  ) throws {
    let files = Self.files.filter { $0.folder == folder }
    var used: Set<String> = []
    for file in files where file.isValid {
      let root = try YAMLTreeBuilder.read(Array(file.content.utf8)).root
      used.formUnion(Self.keys(of: root, as: SchemaShape.of(kind), below: ""))
    }
    // Both spellings of `configurations` have the same rules.
    let all = Self.keys(of: SchemaShape.of(kind), below: "").filter {
      !$0.hasPrefix("configuration.")
    }
    #expect(all.subtracting(used) == [])
    let told = files.filter { !$0.isValid }.flatMap { $0.head.dropFirst() }.map { line in
      Self.withoutIndices(String(line.prefix { $0 != " " }))
    }
    let unruled: Set<String> = [
      "metadata", "proxy", "spec.build", "spec.image", "spec.configurations",
      "configurations.file",
    ]
    #expect(all.subtracting(told).subtracting(unruled) == [])
  }

  /// All keys of a shape, such as `endpoints[].service.port`.
  private static func keys(of shape: SchemaShape, below path: String) -> Set<String> {
    switch shape {
    case .leaf: []
    case .list(let element): keys(of: element, below: path + "[]")
    case .mapping(let keys):
      keys.reduce(into: []) { all, key in
        let path = path.isEmpty ? key.name : "\(path).\(key.name)"
        all.insert(path)
        all.formUnion(Self.keys(of: key.shape, below: path))
      }
    }
  }

  /// The keys of a shape that a document has.
  private static func keys(
    of node: YAMLNode, as shape: SchemaShape, below path: String
  ) -> Set<String> {
    switch shape {
    case .leaf: []
    case .list(let element):
      (node.elements ?? []).reduce(into: []) { all, node in
        all.formUnion(keys(of: node, as: element, below: path + "[]"))
      }
    case .mapping(let keys):
      keys.reduce(into: []) { all, key in
        guard let entry = node.entry(key.name) else { return }
        let path = path.isEmpty ? key.name : "\(path).\(key.name)"
        all.insert(path)
        all.formUnion(Self.keys(of: entry.value, as: key.shape, below: path))
      }
    }
  }

  private static func withoutIndices(_ path: String) -> String {
    var isIn = false
    return path.filter { character in
      if character == "[" { isIn = true; return true }
      if character == "]" { isIn = false }
      return !isIn
    }
  }
}
