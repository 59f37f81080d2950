import TrackDomain

/// Every environment has a folder of its own, or what is applied from there is that of several.
enum PlaceRules {
  /// Looked at when a place changes: what shares a folder of old may be put again as it is.
  static func check(
    _ environment: Environment, _ former: Environment?, _ reader: any StoreReader
  ) throws {
    let place = environment.place
    if let former, former.place.isSame(as: place) { return }
    guard let other = try reader.environment(overlapping: place, besides: environment.id) else {
      return
    }
    let isVisible =
      try organizationId(of: other, reader) == organizationId(of: environment, reader)
    throw DomainError.pathTaken(place, by: isVisible ? other : nil)
  }

  private static func organizationId(
    of environment: Environment, _ reader: any StoreReader
  ) throws -> String? {
    try reader.catalogResource(.project, id: environment.projectId)
      .flatMap(Project.init)?.organizationId
  }
}
