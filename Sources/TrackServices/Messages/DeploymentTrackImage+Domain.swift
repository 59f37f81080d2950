import Protobuf
import TrackController
import TrackDomain
import TrackMapping
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
