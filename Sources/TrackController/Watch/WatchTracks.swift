public import TrackDomain

/// The request to watch tracks.
public struct WatchTracks: Sendable {
  public var componentId: String
  public var projectId: String
  public var resumeToken: String

  public init(componentId: String, projectId: String, resumeToken: String) {
    self.componentId = componentId
    self.projectId = projectId
    self.resumeToken = resumeToken
  }

  /// The scope of the request.
  func scope() throws(DomainError) -> ChangeScope {
    if !componentId.isEmpty {
      if !projectId.isEmpty { throw .twoScopes() }
      return .component(try validId("component_id", componentId))
    }
    if projectId.isEmpty { return .all }
    return .project(try validId("project_id", projectId))
  }
}

/// The start of a watch whose request is valid.
public struct WatchStart: Sendable {
  public let scope: ChangeScope
  /// What the caller may read.
  public let access: Access
  /// Makes the tokens of this watch.
  public let tokens: ResumeToken
  /// The place behind which the watch goes on; nil when it begins with the state.
  public let resumedAfter: LogPlace?
}
