package import Protobuf
package import TrackDomain
package import TrackMessages

extension DeploymentTrackImage {
  /// An image, from its own row. A saved image counts as built successfully.
  package init(_ image: TrackImage) {
    self.init()
    imageId = image.id
    createdAt = Protobuf.Timestamp(image.createdAt)
    updatedAt = Protobuf.Timestamp(image.updatedAt)
    builtAt = createdAt
    status = BuildStatus.succeeded
    commitHash = image.commitHash
    runId = image.runId
    deploymentTrackId = image.trackId
    images = image.images.map { TrackMessages.ContainerImage($0) }
    superseded = image.isSuperseded
    imagePorts = image.ports
    apiDefinitionPath = image.apiDefinitionPath
    gitopsHash = image.gitopsHash
    gitHashCommitTimestamp = image.committedAt.map { Protobuf.Timestamp($0) }
    branch = image.branch
    createdBy = image.createdBy
  }
}

extension Author {
  package init(_ commit: CommitInfo) {
    self.init()
    name = commit.authorName
    email = commit.authorEmail
    date = Protobuf.Timestamp(commit.authoredAt)
    avatarUrl = commit.avatarURL
  }
}

extension TrackMessages.ContainerImage {
  package init(_ image: TrackDomain.ContainerImage) {
    self.init()
    name = image.name
    reference = image.reference
    digest = image.digest
  }
}

extension TrackDomain.Timestamp {
  /// Rounded towards the past; nil outside of the years 1 to 9999.
  package init?(_ message: Protobuf.Timestamp) {
    self.init(seconds: message.seconds, nanoseconds: message.nanos)
  }
}

extension TrackDomain.ContainerImage {
  package init(_ message: TrackMessages.ContainerImage) {
    self.init(name: message.name, reference: message.reference, digest: message.digest)
  }
}

extension TrackMessages.AutoDeployDecision {
  package init(_ decision: TrackDomain.AutoDeployDecision) {
    self =
      switch decision {
      case .started: .started
      case .disabled: .disabled
      case .held: .held
      case .staleCommit: .staleCommit
      case .branchUnlinked: .branchUnlinked
      case .unversioned: .unversioned
      case .noEnvironment: .noEnvironment
      case .refused: .refused
      }
  }
}
