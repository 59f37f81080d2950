import TrackDomain

/// The request to delete a track.
public struct DeleteTrack: Sendable {
  public var componentId: String
  public var trackId: String
  public var etag: String
  /// Whether to delete a track with active or unfinished deployments, too.
  public var force: Bool
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, etag: String = "", force: Bool = false,
    options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.etag = etag
    self.force = force
    self.options = options
  }
}

/// Accepts the deletion of a track, or joins the one that is under way.
extension DeleteTrack: Mutation {
  var method: RequestMethod { .deleteDeploymentTrack }

  func combine(into digest: inout Digest) {
    digest.combine(componentId)
    digest.combine(trackId)
    digest.combine(etag)
    digest.combine(force)
  }

  func check() throws(DomainError) {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    try violations.check()
  }

  var namedComponentId: String? { componentId }

  func plan(_ checked: Void, _ context: PlanContext) throws -> Plan<TrackDeletion> {
    let changes = try TrackChanges(context, componentId: componentId)
    let facts = try context.reader.deletionFacts(componentId: componentId, trackId: trackId)
    if let found = facts?.track, let running = found.deletion {
      let deletion = TrackDeletion(
        operationId: running.id, latestTrackId: changes.component.latestTrackId ?? "",
        trackCreatedAt: found.track.createdAt)
      let wanted = running.wanted(force: force, at: changes.now)
      if wanted == running {
        return Plan(response: deletion, encodedResponse: Snapshot.encode(deletion.text))
      }
      let fields = wanted.isForced == running.isForced ? [] : ["force"]
      return plan(deletion, changes.subject(trackId, changedFields: fields)) {
        (transaction: any StoreTransaction) throws(StoreError) in
        try transaction.updateOperation(wanted)
      }
    }
    let track = try changes.existing(trackId, etag: etag, facts?.track)
    // A track that is not the latest implies that another one is, and that is not being deleted; so
    // only the latest can be the last.
    let heir = facts?.heir
    guard let latestId = track.isLatest ? heir?.id : changes.component.latestTrackId else {
      throw DomainError.lastTrack(componentId: componentId, trackId: trackId)
    }
    let unfinished = facts?.unfinished ?? []
    if !force { try checkInactive(unfinished, facts?.bindings ?? []) }
    let publishing = facts?.publishing ?? []
    let operation = Operation(
      id: UniqueID.random().description, kind: .trackDeletion, componentId: componentId,
      trackId: trackId, dueAt: changes.now, createdAt: changes.now, actor: changes.actor,
      isForced: force)
    let deployments = DeploymentChanges(context, component: changes.component)
    let response = TrackDeletion(
      operationId: operation.id, latestTrackId: latestId, trackCreatedAt: track.createdAt)
    let subject = changes.subject(trackId)
    return plan(response, subject) { (transaction: any StoreTransaction) throws(StoreError) in
      if let heir { try elect(heir, insteadOf: track, changes, transaction) }
      for deployment in unfinished where !publishing.contains(deployment.id) {
        try deployments.end(deployment, as: .cancelled, transaction)
      }
      try transaction.insertOperation(operation)
    }
  }

  private func plan(
    _ deletion: TrackDeletion, _ subject: AuditSubject,
    _ apply: @escaping (any StoreTransaction) throws(StoreError) -> Void
  ) -> Plan<TrackDeletion> {
    Plan(
      response: deletion, encodedResponse: Snapshot.encode(deletion.text), changing: subject,
      apply: apply)
  }

  // MARK: Election

  private func elect(
    _ heir: Track, insteadOf former: Track, _ changes: TrackChanges,
    _ transaction: any StoreTransaction
  ) throws(StoreError) {
    try transaction.setLatestTrack(componentId: componentId, trackId: heir.id)
    for (track, isLatest) in [(former, false), (heir, true)] {
      var revised = changes.revised(track)
      revised.isLatest = isLatest
      try transaction.updateTrack(revised)
      try transaction.appendChange(
        changes.change(.updated, revised, snapshot: Snapshot.encode(revised)))
    }
  }

  // MARK: Deployments

  private func checkInactive(
    _ unfinished: [Deployment], _ bindings: [EnvironmentBinding]
  ) throws(DomainError) {
    let active = bindings.filter { !$0.currentDeploymentId.isEmpty }
    let environments = Set(active.map(\.environmentId) + unfinished.map(\.environmentId))
    guard environments.isEmpty else {
      throw DomainError.trackHasActiveDeployments(
        trackId: trackId, environmentIds: environments.sorted())
    }
  }

  // MARK: Repeated requests

  /// Which track is the latest is told by `TrackController.delete`, to who may read.
  func withoutNames(_ deletion: TrackDeletion) -> TrackDeletion { deletion }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> TrackDeletion {
    try TrackDeletion(text: Snapshot.text(bytes))
  }

  /// Whether the deletion runs or has ended. One that was given up runs again.
  func wasDone(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Bool {
    let deletion = try TrackDeletion(text: Snapshot.text(bytes))
    return try deletion.isRunning(reader)
      || !deletion.isThere(componentId: componentId, trackId: trackId, reader)
  }
}

extension Operation {
  /// The deletion as another request for it leaves it: forced from then on, if that one is, and not
  /// held any more since a restore. Due at once where that changes something.
  fileprivate func wanted(force: Bool, at time: Timestamp) -> Operation {
    var wanted = self
    if isRestored { wanted.goOn(at: time) }
    if force && !isForced {
      wanted.isForced = true
      wanted.dueAt = min(dueAt, time)
    }
    return wanted
  }
}
