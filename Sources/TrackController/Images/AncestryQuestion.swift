import TrackDomain

/// The order of commits on which a save depends. Asked outside of any transaction: the repository's
/// answers do not change.
struct AncestryQuestion: Sendable {
  let pairs: Set<CommitPair>
  let repositoryURL: String

  /// Nil when the save does not depend on it: the component has no repository, the image was saved
  /// before, the save will be refused, or auto-deploy is decided without it.
  ///
  /// Throws `StoreError`.
  init?(
    _ request: SaveTrackImage, by actor: Principal, at now: Timestamp, _ access: Access,
    _ reader: any StoreReader
  ) throws {
    // First, because most of what follows costs more.
    guard let component = try reader.component(request.componentId),
      !component.component.repositoryURL.isEmpty, !request.trackId.isEmpty,
      !request.commitHash.isEmpty, let checked = try? request.check()
    else { return nil }
    let context = PlanContext(
      reader: reader, component: component, now: now, actor: actor, access: access)
    do {
      pairs = try Self.pairs(request, checked, context)
    } catch is DomainError {
      return nil
    }
    if pairs.isEmpty { return nil }
    repositoryURL = component.component.repositoryURL
  }

  private static func pairs(
    _ request: SaveTrackImage, _ checked: SaveTrackImage.Checked, _ context: PlanContext
  ) throws -> Set<CommitPair> {
    let changes = ImageChanges(
      context, component: try request.ownedComponent(context))
    let facts = try context.reader.saveFacts(request.query(checked))
    guard let track = try request.track(facts, context), facts.saved == nil else { return [] }
    return try request.autoDeploy(track, facts, changes.component, context)
      .openPairs(request.image(checked, changes))
  }

  /// The order according to the repository; by commit times alone if it does not answer in time.
  func ask(_ source: any SourceRepository, atMost patience: Duration) async -> CommitOrder {
    let limit = StepLimit(duration: patience, patience: .zero)
    let ancestries = await limit.run {
      try? await source.ancestries(of: pairs, repositoryURL: repositoryURL)
    }
    return CommitOrder(ancestries: (ancestries ?? nil) ?? [:])
  }
}
