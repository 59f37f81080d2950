import Protobuf
package import TrackDomain
package import TrackMessages

extension TrackMessages.Change {
  /// Throws `SnapshotError` when the resource of a logged change cannot be read.
  package init(_ change: TrackDomain.Change) throws {
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
    onBehalfOf = change.actor.onBehalfOf
  }
}

extension ChangeType {
  package init(_ kind: ChangeKind) {
    self =
      switch kind {
      case .created: .created
      case .updated: .updated
      case .deleted: .deleted
      }
  }
}
