import Protobuf
import TrackDomain
import TrackMessages

extension DeploymentTrackImage {
  /// An image as the store knows it, which takes what was saved for built with success; see
  /// `deployed_in` and the rest in `TrackController.ListedImage`.
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
