import TrackDomain

/// Names the source config that a call is about.
struct SourceConfigRequest: Sendable {
  let componentId: String
  let trackId: String
  /// Empty: the head of the track's branch.
  let commitHash: String

  /// Checks the ids and the hash. Returns the commit in lower case; empty for the head of the
  /// branch.
  func check() throws(DomainError) -> String {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    let commit =
      commitHash.isEmpty
      ? ""
      : violations.collect("commit_hash") { () throws(InvalidValue) in
        try CommitHash.checkBeginning(commitHash)
      }
    try violations.check()
    return commit ?? ""
  }

  /// Finds the component and the track; throws when there is no source config to read.
  func target(_ reader: any StoreReader) throws -> Target {
    let commit = try check()
    guard let component = try reader.component(componentId)?.component else {
      throw DomainError.notFound(.component, componentId)
    }
    guard let track = try reader.track(componentId: componentId, id: trackId) else {
      throw DomainError.trackNotFound(componentId: componentId, trackId: trackId)
    }
    if component.repositoryURL.isEmpty {
      throw DomainError.noRepository(
        componentId: componentId, detail: "its repository_url is empty")
    }
    if commit.isEmpty, track.branch.isEmpty { throw DomainError.branchUnlinked(trackId: trackId) }
    return Target(
      component: component, track: track,
      revision: commit.isEmpty ? .branch(track.branch) : .commit(commit))
  }

  /// The component and the track whose source config is read.
  struct Target: Sendable {
    let component: Component
    let track: Track
    let revision: SourceRevision
  }
}
