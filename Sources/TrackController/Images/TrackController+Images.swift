public import TrackDomain

extension TrackController {
  /// Saves what a build produced, and accepts its deployment where the track deploys by itself.
  public func save(_ request: SaveTrackImage, by actor: Actor) async throws -> SavedImage {
    try await mutations.run(request, by: actor)
  }

  /// One page of a track's images, once the component's unversioned images are adopted.
  ///
  /// Waits at most two seconds for those who know more than the store, and never so long that the
  /// answer would come after `timeLeft`.
  public func images(
    _ request: ListImages, by actor: Actor, timeLeft: Duration? = nil
  ) async throws -> ListImages.Page {
    let query = try request.query()
    var found = try await store.read { reader in try ImagesFound(query, reader) }
    if found.hasUnversioned, try await adoptImages(query.componentId, by: actor) {
      found = try await store.read { reader in try ImagesFound(query, reader) }
    }
    let (images, unreachable) = await ImageEnrichment(
      builds: integrations.builds, component: found.component, deadline: deadline(timeLeft)
    ).ask(about: found)
    try Task.checkCancellation()
    return ListImages.Page(
      images: images, nextPageToken: request.token(found.page.next), unreachable: unreachable)
  }

  /// - Returns: whether it could be done: a store that takes no writes still answers reads.
  private func adoptImages(_ componentId: String, by actor: Actor) async throws -> Bool {
    let now = mutations.now()
    do {
      try await store.write { transaction in
        guard let component = try transaction.lockComponent(componentId) else { return }
        let changes = ImageChanges(component: component, now: now, actor: actor)
        try ImageAdoption(changes, transaction).run()
      }
      return true
    } catch is StoreError {
      return false
    }
  }

  private func deadline(_ timeLeft: Duration?) -> Timestamp {
    let patience = Duration.microseconds(ImageEnrichment.patienceMicroseconds)
    return mutations.now().after(min(timeLeft.map { $0 * 3 / 4 } ?? patience, patience))
  }
}
