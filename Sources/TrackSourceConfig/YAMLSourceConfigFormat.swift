public import TrackDomain
import YAML

/// Source configs in YAML, read by libyaml within limits: see `YAMLLimits`. Any thread.
public struct YAMLSourceConfigFormat: SourceConfigFormat {
  private let limits = YAMLLimits()

  public init() {}

  public var maximumBytes: Int { limits.bytes }

  public func read(
    fileName: String, content: [UInt8]
  ) throws(SourceConfigError) -> SourceConfig {
    var reader = SchemaReader()
    let root = try SourceConfigReading.root(of: content, limits, &reader)
    let file = SourceConfigSchema.read(fileName: fileName, root: root, &reader)
    let config = file.map { SourceConfigConversion.convert($0, &reader) } ?? SourceConfig()
    if let error = reader.error {
      throw SourceConfigError(error.violations, omitted: error.omitted, files: config.files)
    }
    return config
  }

  public func migrate(
    fileName: String, content: [UInt8]
  ) throws(SourceConfigError) -> MigratedSourceConfig {
    var reader = SchemaReader()
    let root = try SourceConfigReading.root(of: content, limits, &reader)
    let file = SourceConfigSchema.read(fileName: fileName, root: root, &reader)
    if let error = reader.error { throw error }
    guard let file else { throw SourceConfigError([]) }
    switch file.kind {
    case .component(.newest):
      var warnings = WarningList()
      UnknownKeys.warn(of: root, as: file.kind, .notApplied, &warnings)
      return MigratedSourceConfig(
        content: String(decoding: content, as: UTF8.self), wasNewest: true,
        warnings: warnings.all)
    case .component(let version):
      return try ComponentUpgrade.upgrade(file, from: version, content: content, limits)
    case .componentConfig, .endpoints:
      return LegacyMigration.migrate(file, content: content)
    }
  }
}

/// The common beginning of reading and migrating.
enum SourceConfigReading {
  /// The tree of a file. Repeated keys are violations, in `reader`.
  static func root(
    of content: [UInt8], _ limits: YAMLLimits, _ reader: inout SchemaReader
  ) throws(SourceConfigError) -> YAMLNode {
    do {
      let (root, problems) = try YAMLTreeBuilder.read(content, limits: limits)
      for problem in problems {
        reader.fail(problem.path, problem.error.position, problem.error.message)
      }
      return root
    } catch {
      throw SourceConfigError([
        SourceConfigViolation(
          path: "", line: error.position.line, column: error.position.column,
          message: error.message)
      ])
    }
  }
}
