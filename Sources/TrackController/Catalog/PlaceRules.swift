import TrackDomain

/// Every environment has a place, and no two share a folder: the manifests in it would belong to several environments.
enum PlaceRules {
  /// Checks an environment whose place changes. One that keeps its place may go on sharing an old
  /// folder.
  static func check(
    _ environment: Environment, _ former: Environment?, _ check: AccessCheck
  ) throws {
    let reader = check.reader
    let place = environment.place
    if let former, former.place.isSame(as: place) { return }
    guard let other = try reader.environment(overlapping: place, besides: environment.id) else {
      return
    }
    let isVisible =
      try organizationId(of: other, reader) == organizationId(of: environment, reader)
    let isKnown = try isVisible && check.knows(.environment(other))
    throw DomainError.pathTaken(place, by: isKnown ? other : nil)
  }

  /// Refuses an environment without a repository where trackd has none of its own.
  static func check(_ environment: Environment, hasOwnGitOps: Bool) throws(DomainError) {
    guard hasOwnGitOps || !environment.gitopsRepositoryURL.isEmpty else {
      throw .gitopsRepositoryRequired()
    }
  }

  private static func organizationId(
    of environment: Environment, _ reader: any StoreReader
  ) throws -> String? {
    try reader.catalogResource(.project, id: environment.projectId)
      .flatMap(Project.init)?.organizationId
  }
}
