/// Reads and migrates source-config files: `component.yaml`, `component-config.yaml` and
/// `endpoints.yaml`. Pure: the same bytes give the same answer. Work that takes longer than a few
/// milliseconds leaves the caller's event loop.
public protocol SourceConfigFormat: Sendable {
  /// The longest file, in bytes.
  var maximumBytes: Int { get }

  /// Reads and validates a file. Its name tells its kind.
  func read(
    fileName: String, content: [UInt8]
  ) async throws(SourceConfigError) -> SourceConfig

  /// The file as `component.yaml` of the newest schema.
  func migrate(
    fileName: String, content: [UInt8]
  ) async throws(SourceConfigError) -> MigratedSourceConfig
}

/// Everything that is wrong with a file.
public struct SourceConfigError: Error, Sendable, Hashable {
  /// At least one, in the order of the file.
  public var violations: [SourceConfigViolation]
  /// How many more violations there are.
  public var omitted: Int
  /// The files that it refers to nevertheless, so that a caller can report missing ones too.
  public var files: [SourceConfigReference]

  public init(
    _ violations: [SourceConfigViolation], omitted: Int = 0, files: [SourceConfigReference] = []
  ) {
    self.violations = violations
    self.omitted = omitted
    self.files = files
  }
}

/// A place of a file that refers to another file.
public struct SourceConfigReference: Sendable, Hashable {
  /// The file, relative to the component's source path, without `.` and `..` segments.
  public var file: String
  /// Such as `endpoints[0].schemaFilePath`.
  public var path: String
  /// From 1.
  public var line: Int
  /// From 1.
  public var column: Int

  public init(file: String, path: String, line: Int, column: Int) {
    self.file = file
    self.path = path
    self.line = line
    self.column = column
  }
}

/// One violation in a file.
public struct SourceConfigViolation: Sendable, Hashable {
  /// Such as `endpoints[0].service.port`; empty for the file as a whole.
  public var path: String
  /// From 1.
  public var line: Int
  /// From 1.
  public var column: Int
  public var message: String

  public init(path: String, line: Int, column: Int, message: String) {
    self.path = path
    self.line = line
    self.column = column
    self.message = message
  }
}

/// The content of a file.
public struct SourceConfig: Sendable, Hashable {
  /// All of origin `.sourceConfig`, sorted by name.
  public var endpoints: [Endpoint]
  /// All of origin `.sourceConfig`, sorted by name.
  public var environmentVariables: [EnvironmentVariable]
  /// Sentences for people, such as that the file is of an old kind.
  public var warnings: [String]
  /// The files that the endpoints' `schemaFilePath` refer to, in the order of the file.
  public var files: [SourceConfigReference]

  public init(
    endpoints: [Endpoint] = [], environmentVariables: [EnvironmentVariable] = [],
    warnings: [String] = [], files: [SourceConfigReference] = []
  ) {
    self.endpoints = endpoints
    self.environmentVariables = environmentVariables
    self.warnings = warnings
    self.files = files
  }
}

/// A file of the newest kind.
public struct MigratedSourceConfig: Sendable, Hashable {
  /// UTF-8, ends with a line feed.
  public var content: String
  /// Whether the file was the newest kind already; then `content` is the file, unchanged.
  public var wasNewest: Bool
  /// Sentences for people.
  public var warnings: [String]

  public init(content: String, wasNewest: Bool, warnings: [String]) {
    self.content = content
    self.wasNewest = wasNewest
    self.warnings = warnings
  }
}
