public import TrackDomain

/// The answer to `SaveTrackImage`.
public struct SavedImage: Sendable, Hashable {
  public var image: TrackImage
  /// The environments in which it is active.
  public var deployedIn: [String]
  /// The deployment that the save started, as it is now; nil when it started none, or the track is
  /// gone.
  public var deployment: Deployment?

  init(_ image: TrackImage, deployment: Deployment?) {
    self.image = image
    deployedIn = []
    self.deployment = deployment
  }

  /// An image that was saved before.
  init(_ image: TrackImage, _ reader: any StoreReader) throws(StoreError) {
    self.image = image
    deployedIn = []
    if !image.trackId.isEmpty {
      let bindings = try reader.bindings(componentId: image.componentId, trackId: image.trackId)
      deployedIn = bindings.filter { $0.currentImageId == image.id }.map(\.environmentId).sorted()
    }
    if !image.autoDeploy.deploymentId.isEmpty {
      deployment = try reader.deployment(
        componentId: image.componentId, id: image.autoDeploy.deploymentId)
    }
  }

  /// Why no deployment was started, for people; empty when one was.
  public var explanation: String {
    let outcome = image.autoDeploy
    return outcome.message.isEmpty ? outcome.decision.explanation : outcome.message
  }
}

extension AutoDeployDecision {
  /// The explanation that needs no names.
  var explanation: String {
    switch self {
    case .started: ""
    case .disabled: "auto_deploy_enabled is off"
    case .held: "a rollback holds auto-deploy in the environment"
    case .staleCommit: "the environment has, or is about to get, an image of a newer commit"
    case .branchUnlinked: "the deployment track is not linked to a branch"
    case .unversioned: "the image belongs to no deployment track yet"
    case .noEnvironment: "there is no environment to deploy into"
    case .refused: "the deployment was refused"
    }
  }
}
