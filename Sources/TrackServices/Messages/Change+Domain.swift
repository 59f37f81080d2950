import Protobuf
import TrackController
import TrackDomain
import TrackMapping
import TrackMessages

extension TrackMessages.Change {
  /// Of the log. Throws `SnapshotError` when the resource cannot be read.
  init(_ change: TrackDomain.Change) throws {
    self.init()
    type = ChangeType(change.kind)
    switch change.resource {
    case .deploymentTrack:
      resource = .deploymentTrack(DeploymentTrack(try Snapshot.track(change.snapshot)))
    case .image:
      resource = .image(DeploymentTrackImage(try Snapshot.image(change.snapshot)))
    case .deployment:
      resource = .deployment(Deployment(try Snapshot.deployment(change.snapshot)))
    case .organization, .project, .component, .environment, .deploymentPipeline:
      break
    }
    changedAt = Protobuf.Timestamp(change.at)
    actor = change.actor.name
    actorVerified = change.actor.isVerified
  }

  /// Of the state.
  init(existing found: WatchedResource) {
    self.init()
    type = .existing
    switch found {
    case .track(let track): resource = .deploymentTrack(DeploymentTrack(track))
    case .deployment(let deployment): resource = .deployment(Deployment(deployment))
    }
  }
}

extension ChangeType {
  init(_ kind: ChangeKind) {
    self =
      switch kind {
      case .created: .created
      case .updated: .updated
      case .deleted: .deleted
      }
  }
}
