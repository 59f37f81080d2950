extension DomainError {
  /// The caller may know of the place, and may not do that there.
  ///
  /// - Parameter place: as far as the caller may know it.
  public static func noRight(to verb: Verb, at place: AccessPlace) -> DomainError {
    DomainError(
      .permissionDenied, .noRight,
      "this needs the right to \(verb.rawValue) for \(place), which the caller does not have",
      metadata: ["verb": verb.rawValue, "scope": place.description])
  }

  /// A new resource has an id that a resource has which the caller may not know of.
  public static func idTaken(_ kind: CatalogKind, _ id: String) -> DomainError {
    DomainError(
      .alreadyExists, .idTaken, "the id \(id) is taken: ids of \(kind.words)s are global",
      metadata: [kind.metadataKey: id], resource: Resource(type: kind.typeName, name: id))
  }

  /// The error for a caller who may change the component, and not read it: what stands in the way,
  /// without its names.
  ///
  /// Errors about the request itself and about rights stay, for they name what the caller named.
  public var withoutNames: DomainError {
    switch kind {
    case .invalidArgument, .notFound, .permissionDenied, .unavailable, .outOfRange,
      .resourceExhausted:
      return self
    case .alreadyExists, .failedPrecondition, .aborted:
      return DomainError(
        kind, reason,
        "what there is does not allow it (\(reason.rawValue)); who may read the component is told "
          + "more")
    }
  }
}
