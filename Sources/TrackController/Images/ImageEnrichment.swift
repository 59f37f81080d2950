import TrackDomain

/// Adds the build service's knowledge to the images of one page: one call for builds, and one for
/// commits.
struct ImageEnrichment: Sendable {
  let builds: any BuildService
  let component: Component
  let deadline: Timestamp

  /// The images with the answers, and the systems that did not answer.
  func ask(
    about found: ImagesFound
  ) async -> (images: [ListedImage], unreachable: [String]) {
    let images = found.page.images
    async let statusAnswer = statuses(of: images)
    async let commitAnswer = commits(of: images)
    let (statuses, commits) = await (statusAnswer, commitAnswer)
    var unreachable: Set<String> = []
    if statuses == nil { unreachable.insert("build-service") }
    if !commits.isComplete { unreachable.insert(builds.commitSource) }
    let listed = images.map { image in
      ListedImage(
        image: image, deployedIn: found.deployedIn[image.id] ?? [],
        build: statuses.map { Self.status(of: image, $0) },
        commit: image.commitHash.isEmpty ? nil : commits.known[image.commitHash])
    }
    return (listed, unreachable.sorted())
  }

  /// A saved image was built: without an answer about its run, the build counts as succeeded.
  private static func status(
    of image: TrackImage, _ statuses: [String: BuildStatus]
  ) -> BuildStatus {
    var status = statuses[image.runId] ?? BuildStatus(status: BuildStatus.succeeded)
    status.builtAt = status.builtAt ?? image.createdAt
    return status
  }

  /// Nil when the build service did not answer.
  private func statuses(of images: [TrackImage]) async -> [String: BuildStatus]? {
    if images.isEmpty { return [:] }
    return try? await builds.buildStatuses(of: images, component: component, deadline: deadline)
  }

  private func commits(
    of images: [TrackImage]
  ) async -> (known: [String: CommitInfo], isComplete: Bool) {
    var distinct: Set<String> = []
    for image in images where !image.commitHash.isEmpty { distinct.insert(image.commitHash) }
    if distinct.isEmpty { return ([:], true) }
    let hashes = distinct.sorted()
    do {
      let known = try await builds.commitHistory(hashes, component: component, deadline: deadline)
      return (known, true)
    } catch {
      return (builds.knownCommits(hashes, component: component), false)
    }
  }
}
