import TrackDomain

/// The effects that all changes of a component's images share.
struct ImageChanges {
  /// The most images of one commit and track that are not superseded: each save supersedes the
  /// earlier ones.
  static var maximumReplaced: Int { 100 }

  let component: ComponentContext
  let now: Timestamp
  let actor: Principal

  /// The images that `image` supersedes: those of the same commit in its track.
  func replaced(by image: TrackImage, _ reader: any StoreReader) throws(StoreError) -> [TrackImage]
  {
    if image.commitHash.isEmpty || image.trackId.isEmpty { return [] }
    return try reader.currentImages(
      componentId: image.componentId, trackId: image.trackId, commitHash: image.commitHash,
      limit: Self.maximumReplaced)
  }

  /// The effects of a save: the new image, the superseded images, and the deployment.
  func plan(
    _ image: TrackImage, _ decision: AutoDeploy.Decision, replacing older: [TrackImage]
  ) -> Plan<SavedImage> {
    var image = image
    image.autoDeploy = decision.outcome
    let saved = image
    let snapshot = Snapshot.encode(saved)
    let subject = AuditSubject(
      trackOf: component, saved.trackId, "images/\(saved.id)",
      environmentId: decision.accepted?.deployment.environmentId ?? "",
      reason: decision.outcome.reason)
    return Plan(
      response: SavedImage(saved, deployment: decision.accepted?.deployment),
      encodedResponse: snapshot, changing: subject
    ) { (transaction: any StoreTransaction) throws(StoreError) in
      for image in older { try update(superseded(image), transaction) }
      try insert(saved, snapshot, transaction)
      try decision.accepted?.apply(transaction)
    }
  }

  func insert(
    _ image: TrackImage, _ snapshot: [UInt8], _ transaction: any StoreTransaction
  ) throws(StoreError) {
    try transaction.insertImage(image)
    try transaction.appendChange(change(.created, image, snapshot))
  }

  func update(
    _ image: TrackImage, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    try transaction.updateImage(image)
    try transaction.appendChange(change(.updated, image, Snapshot.encode(image)))
  }

  func superseded(_ image: TrackImage) -> TrackImage {
    var image = changed(image)
    image.isSuperseded = true
    return image
  }

  /// `image` with the time of its change. Times do not run backwards when the clock does.
  func changed(_ image: TrackImage) -> TrackImage {
    var image = image
    image.updatedAt = max(image.updatedAt, now)
    return image
  }

  private func change(_ kind: ChangeKind, _ image: TrackImage, _ snapshot: [UInt8]) -> Change {
    Change(
      kind: kind, resource: .image, resourceId: image.id,
      projectId: component.component.projectId, componentId: image.componentId, at: now,
      actor: actor, snapshot: snapshot)
  }
}

extension ImageChanges {
  init(_ context: PlanContext, component: ComponentContext) {
    self.init(component: component, now: context.now, actor: context.actor)
  }
}
