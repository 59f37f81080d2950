/// The request for the component's source config at a commit, in the newest format.
public struct MigrateSourceConfig: Sendable {
  public var componentId: String
  public var trackId: String
  /// Empty: the head of the track's branch.
  public var commitHash: String

  public init(componentId: String, trackId: String, commitHash: String = "") {
    self.componentId = componentId
    self.trackId = trackId
    self.commitHash = commitHash
  }

  /// The answer.
  public struct Migrated: Sendable, Hashable {
    /// UTF-8.
    public var content: String
    /// The name that the file needs.
    public var fileName: String
    /// The name of the file that it was made from; empty when that had the newest format already.
    public var migratedFrom: String
    /// Sentences for people.
    public var warnings: [String]
    /// The full hash of the commit that was read.
    public var commit: String
  }
}

extension MigrateSourceConfig {
  /// The source config that the request is about.
  var source: SourceConfigRequest {
    SourceConfigRequest(componentId: componentId, trackId: trackId, commitHash: commitHash)
  }
}
