import TrackDomain

/// The rules and effects that all changes of a component's tracks share.
struct TrackChanges {
  let component: ComponentContext
  let now: Timestamp
  let actor: Principal

  /// The track of a call. Throws when it does not exist, has another etag, or is being deleted.
  func existing(
    _ trackId: String, etag: String, _ reader: any StoreReader
  ) throws -> Track {
    try existing(
      trackId, etag: etag,
      reader.trackWithDeletion(componentId: component.component.id, id: trackId))
  }

  /// The same, of a track that was read.
  func existing(
    _ trackId: String, etag: String, _ found: TrackWithDeletion?
  ) throws(DomainError) -> Track {
    let componentId = component.component.id
    guard let found else {
      throw DomainError.trackNotFound(componentId: componentId, trackId: trackId)
    }
    let track = found.track
    guard ETag.matches(etag, track.revision) else {
      throw DomainError.etagMismatch(.track(trackId), current: ETag.text(track.revision))
    }
    guard found.deletion == nil else {
      throw DomainError.trackDeleting(componentId: componentId, trackId: trackId)
    }
    return track
  }

  /// `track` with the next revision number. Its time does not run backwards when the clock does.
  func revised(_ track: Track) -> Track {
    var track = track
    track.revision += 1
    track.updatedAt = max(track.updatedAt, now)
    return track
  }

  func change(_ kind: ChangeKind, _ track: Track, snapshot: [UInt8]) -> Change {
    Change(
      kind: kind, resource: .deploymentTrack, resourceId: track.id,
      projectId: component.component.projectId, componentId: track.componentId, at: now,
      actor: actor, snapshot: snapshot)
  }

  /// What the audit says of a track.
  func subject(_ trackId: String, changedFields: [String] = []) -> AuditSubject {
    AuditSubject(trackOf: component, trackId, changedFields: changedFields)
  }

  /// The plan of a call that answers with `track` and has no effect.
  func nothing(_ track: Track) -> Plan<Track> {
    Plan(response: track, encodedResponse: Snapshot.encode(track))
  }

  // MARK: Rules

  /// Refuses auto-deploy where it cannot work: a component that is built from source needs a
  /// branch, and builds that start by themselves.
  func checkAutoDeploy(_ track: Track) throws(DomainError) {
    let component = component.component
    guard track.autoDeployEnabled, component.imageSource == .build else { return }
    if track.branch.isEmpty { throw DomainError.branchUnlinked(componentId: component.id) }
    if component.autoBuildOnCommit == false {
      throw DomainError.autoBuildDisabled(componentId: component.id)
    }
  }

  /// A track without a version is the only such one on its branch.
  ///
  /// - Parameter other: the one that there is, or nil.
  func checkUnversionedBranch(_ branch: String, _ other: String?) throws(DomainError) {
    guard let other else { return }
    throw DomainError.branchExists(
      componentId: component.component.id, branch: branch, trackId: other)
  }
}

extension Track {
  /// What its etag and its ids tell: for who may change it, and not read it.
  var withoutContent: Track {
    Track(
      id: id, componentId: componentId, version: nil, branch: "", description: "",
      autoDeployEnabled: false, isLatest: false, endpoints: [], configRevision: 0,
      revision: revision, createdAt: updatedAt, updatedAt: updatedAt, createdBy: "")
  }
}

extension TrackChanges {
  /// The component of a call; throws when it does not exist.
  init(_ context: PlanContext, componentId: String) throws(DomainError) {
    guard let component = context.component else {
      throw DomainError.notFound(.component, componentId)
    }
    self.init(component: component, now: context.now, actor: context.actor)
  }
}
