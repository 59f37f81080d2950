import TrackDomain

/// What a save has to know of the history of the component's repository. Asked outside of any
/// transaction: what the repository knows of commits does not change.
struct AncestryQuestion: Sendable {
  let pairs: Set<CommitPair>
  let repositoryURL: String

  /// Nil when nothing hangs on it: the component has no repository, the image was saved before, the
  /// save will be refused, or the track does not deploy by itself, or deploys whatever commit it
  /// is.
  ///
  /// Throws `StoreError`.
  init?(
    _ request: SaveTrackImage, by actor: Principal, at now: Timestamp, _ reader: any StoreReader
  ) throws {
    // Most of what follows costs more than this.
    guard let component = try reader.component(request.componentId),
      !component.component.repositoryURL.isEmpty, !request.trackId.isEmpty,
      !request.commitHash.isEmpty, let checked = try? request.check()
    else { return nil }
    let context = PlanContext(reader: reader, component: component, now: now, actor: actor)
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

  /// The order as the repository tells it; by time alone when it does not answer in time.
  func ask(_ source: any SourceRepository, atMost patience: Duration) async -> CommitOrder {
    let limit = StepLimit(duration: patience, patience: .zero)
    let ancestries = await limit.run {
      try? await source.ancestries(of: pairs, repositoryURL: repositoryURL)
    }
    return CommitOrder(ancestries: (ancestries ?? nil) ?? [:])
  }
}
