extension DomainError {
  // MARK: Revisions

  public static func configRevisionNotFound(trackId: String, number: Int32) -> DomainError {
    DomainError(
      .notFound, .configRevisionNotFound,
      "deployment track \(trackId) has no configuration \(number)",
      metadata: ["deployment_track": trackId, "config_revision": "\(number)"],
      resource: Resource(type: "ConfigRevision", name: "\(number)"))
  }

  // MARK: Source configs

  /// The most bytes of violations in one error: they travel in the trailers, whose size clients
  /// limit.
  private static var violationBytes: Int { 4000 }

  /// A source config defines an endpoint with the name of one that a user defined.
  public static func endpointNameTakenByUser(_ name: String, trackId: String) -> DomainError {
    failedPrecondition(
      .endpointNameTaken,
      "deployment track \(trackId) has a USER endpoint \(name), which the source config defines too",
      subject: "endpoints/\(name)", metadata: ["endpoint": name, "deployment_track": trackId])
  }

  /// A file breaks the rules of its kind. The error lists all violations, as far as they fit.
  public static func sourceConfigInvalid(
    fileName: String, commit: String, _ error: SourceConfigError
  ) -> DomainError {
    let count = error.violations.count + error.omitted
    let fields = fields(error.violations, fileName: fileName, total: count)
    let first = fields.first.map { "\($0.field): \($0.description)" } ?? "it cannot be read"
    return DomainError(
      .failedPrecondition, .sourceConfigInvalid,
      "\(fileName) at commit \(commit) is not valid (\(count) violations): \(first)",
      metadata: ["file": fileName, "commit": commit, "violations": "\(count)"], fields: fields,
      precondition: Condition(
        subject: fileName, description: "must be a valid source config at commit \(commit)"))
  }

  private static func fields(
    _ violations: [SourceConfigViolation], fileName: String, total: Int
  ) -> [FieldViolation] {
    var fields: [FieldViolation] = []
    var bytes = 0
    for violation in violations {
      let field = violation.path.isEmpty ? fileName : shortened(violation.path)
      let description = shortened(violation.message)
      let place = "line \(violation.line), column \(violation.column): "
      bytes += field.utf8.count + place.utf8.count + description.utf8.count + 8
      if bytes > violationBytes { break }
      fields.append(FieldViolation(field: field, description: place + description))
    }
    if fields.count < total {
      fields.append(
        FieldViolation(
          field: fileName, description: "has \(total - fields.count) violations more"))
    }
    return fields
  }

  /// Paths and messages come from files that may be hostile.
  private static func shortened(_ text: String) -> String {
    text.utf8.count <= 300 ? text : text.prefix(70) + "…"
  }

  /// - Parameter hint: a file that looks like a source config and is none; may be empty.
  public static func sourceConfigNotFound(
    componentId: String, commit: String, directory: String, hint: String = ""
  ) -> DomainError {
    var metadata = ["component": componentId, "commit": commit, "directory": directory]
    if !hint.isEmpty { metadata["hint"] = hint }
    return DomainError(
      .notFound, .sourceConfigNotFound,
      "component \(componentId) has no source config in \(directory) at commit \(commit)"
        + (hint.isEmpty ? "" : ": \(hint)"),
      metadata: metadata, resource: Resource(type: "SourceConfig", name: directory))
  }

  // MARK: Repositories

  public static func commitNotFound(
    componentId: String, revision: String, detail: String
  ) -> DomainError {
    DomainError(
      .notFound, .commitNotFound,
      "'\(revision)' is not in the repository of component \(componentId): \(detail)",
      metadata: ["component": componentId, "revision": revision, "detail": detail],
      resource: Resource(type: "Commit", name: revision))
  }

  /// The repository has an object with that hash that is no commit; `detail` says what it is.
  public static func notACommit(revision: String, detail: String) -> DomainError {
    DomainError(
      .invalidArgument, .notACommit, "commit_hash: \(revision) \(detail)",
      metadata: ["field": "commit_hash", "revision": revision, "detail": detail],
      fields: [FieldViolation(field: "commit_hash", description: detail)])
  }

  public static func noRepository(componentId: String, detail: String) -> DomainError {
    failedPrecondition(
      .noRepository, "component \(componentId) has no repository to read: \(detail)",
      subject: "components/\(componentId)",
      metadata: ["component": componentId, "detail": detail])
  }

  public static func repoAccessLost(componentId: String, detail: String) -> DomainError {
    failedPrecondition(
      .repoAccessLost, "the repository of component \(componentId) refuses access: \(detail)",
      subject: "components/\(componentId)",
      metadata: ["component": componentId, "detail": detail])
  }

  public static func gitUnavailable(componentId: String, detail: String) -> DomainError {
    DomainError(
      .unavailable, .gitUnavailable,
      "the repository of component \(componentId) cannot be read now: \(detail)",
      metadata: ["component": componentId, "detail": detail], retrySeconds: 5)
  }

  /// The call asks for the head of the track's branch, and the track has no branch.
  public static func branchUnlinked(trackId: String) -> DomainError {
    failedPrecondition(
      .branchUnlinked,
      "commit_hash is empty, and deployment track \(trackId) is not linked to a branch",
      subject: "deploymentTracks/\(trackId)", metadata: ["deployment_track": trackId])
  }
}
