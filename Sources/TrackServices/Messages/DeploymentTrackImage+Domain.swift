import Protobuf
import TrackController
import TrackDomain
import TrackMessages

extension DeploymentTrackImage {
  /// An image with what others know of it.
  init(_ listed: ListedImage) {
    self.init(listed.image)
    deployedIn = listed.deployedIn
    status = listed.build?.status ?? ""
    if let time = listed.build?.builtAt { builtAt = Protobuf.Timestamp(time) }
    guard let commit = listed.commit else { return }
    author = Author(commit)
    commitMsg = commit.message
  }

  /// An image as its own row has it, which takes what was saved for built with success.
  init(_ image: TrackImage) {
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
  }
}

extension Author {
  init(_ commit: CommitInfo) {
    self.init()
    name = commit.authorName
    email = commit.authorEmail
    date = Protobuf.Timestamp(commit.authoredAt)
    avatarUrl = commit.avatarURL
  }
}

extension TrackMessages.ContainerImage {
  init(_ image: TrackDomain.ContainerImage) {
    self.init()
    name = image.name
    reference = image.reference
    digest = image.digest
  }
}

extension TrackDomain.ContainerImage {
  init(_ message: TrackMessages.ContainerImage) {
    self.init(name: message.name, reference: message.reference, digest: message.digest)
  }
}

extension TrackMessages.AutoDeployDecision {
  init(_ decision: TrackDomain.AutoDeployDecision) {
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

extension TrackDomain.Timestamp {
  /// Rounded towards the past; what no store can hold becomes the earliest time.
  init(_ message: Protobuf.Timestamp) {
    let (micros, isOver) = message.seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isOverToo) = micros.addingReportingOverflow(Int64(message.nanos) / 1000)
    let isValid = !isOver && !isOverToo && (0..<1_000_000_000).contains(message.nanos)
    self.init(microseconds: isValid ? sum : .min)
  }
}
