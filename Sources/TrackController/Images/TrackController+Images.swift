public import TrackDomain

extension TrackController {
  /// Saves the result of a build, and accepts its deployment if the track deploys by itself.
  ///
  /// If that depends on which commit is newer, asks the component's repository first; waits two
  /// seconds at most, and never so long that the answer would come after `timeLeft`.
  public func save(
    _ request: SaveTrackImage, by actor: Principal, timeLeft: Duration? = nil
  ) async throws -> SavedImage {
    try await mutations.telling(request) {
      try await mutations.authorize(request)
      var request = request
      if let question = try await ancestryQuestion(request, by: actor) {
        request.order = await question.ask(integrations.source, atMost: patience(timeLeft))
        try Task.checkCancellation()
      }
      if integrations.builds.knowsBuilds,
        let question = try await store.read({ [request] in try BuildQuestion(request, $0) })
      {
        request.build = await ask(question, timeLeft)
        try Task.checkCancellation()
      }
      return try await mutations.run(request, by: actor)
    }
  }

  /// How a build ended; nil when the build service does not answer in time.
  func ask(_ question: BuildQuestion, _ timeLeft: Duration?) async -> BuildStatus? {
    await question.ask(
      integrations.builds, until: mutations.now().after(patience(timeLeft)))
  }

  private func ancestryQuestion(
    _ request: SaveTrackImage, by actor: Principal
  ) async throws -> AncestryQuestion? {
    let (now, access) = (mutations.now(), mutations.access.current)
    return try await store.read { reader in
      try AncestryQuestion(request, by: actor, at: now, access, reader)
    }
  }

  /// One page of a track's images, once the component's unversioned images are adopted.
  ///
  /// Waits two seconds at most for the build service, and never so long that the answer would come
  /// after `timeLeft`.
  public func images(
    _ request: ListImages, by actor: Principal, timeLeft: Duration? = nil
  ) async throws -> ListImages.Page {
    let query = try request.query(tokens)
    var found = try await readPage(ofComponent: query.componentId) { reader in
      try ImagesFound(query, reader)
    }
    if found.hasUnversioned, try await adoptImages(query.componentId, by: actor) {
      found = try await store.readPage { reader in try ImagesFound(query, reader) }
    }
    let (images, unreachable) = await ImageEnrichment(
      builds: integrations.builds, component: found.component,
      deadline: mutations.now().after(patience(timeLeft))
    ).ask(about: found)
    try Task.checkCancellation()
    return ListImages.Page(
      images: images, nextPageToken: request.token(found.page.next, tokens),
      unreachable: unreachable)
  }

  /// - Returns: false when the store takes no writes: it may still answer reads.
  private func adoptImages(_ componentId: String, by actor: Principal) async throws -> Bool {
    let (now, runner) = (mutations.now(), mutations)
    do {
      for _ in 0..<ImageAdoption.transactions {
        let hasMore = try await store.write(.component(componentId)) { transaction in
          guard let component = try transaction.component(componentId) else { return false }
          let changes = ImageChanges(component: component, now: now, actor: actor)
          let count = try ImageAdoption(changes, transaction).run()
          if count > 0 {
            let subject = AuditSubject(
              trackOf: component, "", changedFields: ["images.deployment_track_id"])
            try runner.record(
              subject, of: "getDeploymentTrackImages", by: actor, at: now, transaction)
          }
          return count == ImageAdoption.limit
        }
        if !hasMore { break }
      }
      return true
    } catch is StoreError {
      return false
    }
  }

  /// The longest wait for other systems.
  private func patience(_ timeLeft: Duration?) -> Duration {
    min(timeLeft.map { $0 * 3 / 4 } ?? Self.patience, Self.patience)
  }

  private static let patience = Duration.seconds(2)
}
