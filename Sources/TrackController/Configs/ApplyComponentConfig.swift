/// The request to apply the component's source config to a track's configuration.
public struct ApplyComponentConfig: Sendable {
  public var componentId: String
  public var trackId: String
  /// Empty: the head of the track's branch.
  public var commitHash: String
  public var etag: String
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, commitHash: String = "", etag: String = "",
    options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.commitHash = commitHash
    self.etag = etag
    self.options = options
  }
}

extension ApplyComponentConfig {
  /// The source config that the request is about.
  var source: SourceConfigRequest {
    SourceConfigRequest(componentId: componentId, trackId: trackId, commitHash: commitHash)
  }
}
