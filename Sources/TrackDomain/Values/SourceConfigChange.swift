/// One thing that a source config changes in the configuration of a track.
public struct SourceConfigChange: Sendable, Hashable {
  /// The raw values are kept in stores.
  public enum Action: UInt8, Sendable, Hashable, CaseIterable {
    case added = 1
    case updated = 2
    case removed = 3
  }

  public var action: Action
  /// `endpoints/<name>` or `environment_variables/<name>`.
  public var target: String

  public init(_ action: Action, _ target: String) {
    self.action = action
    self.target = target
  }
}

/// What became of a source config that was applied to a track.
public struct SourceConfigOutcome: Sendable, Hashable {
  /// The track after it.
  public var track: Track
  /// Empty when it was as the file says.
  public var changes: [SourceConfigChange]
  /// Sentences for people.
  public var warnings: [String]
  /// The full hash of the commit that was read.
  public var commit: String
  /// The file that was read, from the root of the repository.
  public var fileName: String

  public init(
    track: Track, changes: [SourceConfigChange], warnings: [String], commit: String,
    fileName: String
  ) {
    self.track = track
    self.changes = changes
    self.warnings = warnings
    self.commit = commit
    self.fileName = fileName
  }
}
