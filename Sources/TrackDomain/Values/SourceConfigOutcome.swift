/// The outcome of applying a source config to a track.
public struct SourceConfigOutcome: Sendable, Hashable {
  /// The track afterwards.
  public var track: Track
  /// Empty when the file changed nothing.
  public var changes: [ConfigChange]
  /// Sentences for people.
  public var warnings: [String]
  /// The full hash of the commit that was read.
  public var commit: String
  /// The file that was read, from the root of the repository.
  public var fileName: String

  public init(
    track: Track, changes: [ConfigChange], warnings: [String], commit: String,
    fileName: String
  ) {
    self.track = track
    self.changes = changes
    self.warnings = warnings
    self.commit = commit
    self.fileName = fileName
  }
}
