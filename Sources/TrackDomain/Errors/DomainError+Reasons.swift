extension DomainError {
  // MARK: The request

  /// Several fields break their rules; the message names the first.
  static func invalid(_ reason: ErrorReason, _ fields: [FieldViolation]) -> DomainError {
    let first = fields.first.map { "\($0.field): \($0.description)" } ?? "the request is not valid"
    let more = fields.count > 1 ? " (and \(fields.count - 1) more)" : ""
    return DomainError(
      .invalidArgument, reason, first + more,
      metadata: fields.first.map { ["field": $0.field] } ?? [:], fields: fields)
  }

  /// One field breaks its rule.
  public static func invalid(_ field: String, _ value: InvalidValue) -> DomainError {
    invalid(value.reason, [FieldViolation(field: field, description: value.description)])
  }

  public static func requestIdReused(_ id: UniqueID) -> DomainError {
    DomainError(
      .invalidArgument, .requestIdReused,
      "request_id: \(id) was used for another request before; each request has an id of its own, also "
        + "those of a CI job that runs again with other content",
      metadata: ["field": "request_id", "request_id": "\(id)"],
      fields: [
        FieldViolation(field: "request_id", description: "was used for another request")
      ])
  }

  public static func apiVersionRequired(componentId: String) -> DomainError {
    DomainError(
      .invalidArgument, .apiVersionRequired,
      "api_version: component \(componentId) is a service, and its tracks have versions",
      metadata: ["field": "api_version", "component": componentId],
      fields: [
        FieldViolation(field: "api_version", description: "must not be empty for a service")
      ])
  }

  public static func immutableField(_ field: String) -> DomainError {
    invalid(field, InvalidValue(.immutableField, "cannot be changed"))
  }

  // MARK: Existence

  public static func notFound(_ kind: CatalogKind, _ id: String) -> DomainError {
    let type = kind.typeName
    return DomainError(
      .notFound, kind.notFoundReason, "\(kind.words) \(id) does not exist",
      metadata: [kind.metadataKey: id], resource: Resource(type: type, name: id))
  }

  public static func trackNotFound(componentId: String, trackId: String) -> DomainError {
    DomainError(
      .notFound, .trackNotFound,
      "deployment track \(trackId) of component \(componentId) does not exist",
      metadata: ["component": componentId, "deployment_track": trackId], resource: .track(trackId))
  }

  public static func apiVersionExists(
    componentId: String, version: APIVersion, trackId: String
  ) -> DomainError {
    DomainError(
      .alreadyExists, .apiVersionExists,
      "component \(componentId) has version \(version) already, in deployment track \(trackId)",
      metadata: [
        "component": componentId, "api_version": "\(version)", "deployment_track": trackId,
      ],
      resource: .track(trackId))
  }

  public static func branchExists(
    componentId: String, branch: String, trackId: String
  ) -> DomainError {
    DomainError(
      .alreadyExists, .branchExists,
      "component \(componentId) has a deployment track without a version on branch "
        + "'\(branch)' already: \(trackId)",
      metadata: ["component": componentId, "branch": branch, "deployment_track": trackId],
      resource: .track(trackId))
  }

  public static func trackIdExists(componentId: String, trackId: String) -> DomainError {
    DomainError(
      .alreadyExists, .trackIdExists,
      "component \(componentId) has a deployment track \(trackId) already",
      metadata: ["component": componentId, "deployment_track": trackId], resource: .track(trackId))
  }

  // MARK: Quota

  public static func trackLimitReached(
    componentId: String, organizationId: String, limit: Int
  ) -> DomainError {
    DomainError(
      .resourceExhausted, .trackLimitReached,
      "component \(componentId) of free organization \(organizationId) has reached the limit of "
        + "\(limit) deployment tracks",
      metadata: [
        "component": componentId, "organization": organizationId, "limit": "\(limit)",
      ],
      quota: Condition(
        subject: "components/\(componentId)",
        description: "at most \(limit) deployment tracks per component of a free organization"))
  }

  // MARK: State

  public static func etagMismatch(_ resource: Resource, current: String) -> DomainError {
    DomainError(
      .aborted, .etagMismatch,
      "\(resource.type) \(resource.name) has changed: its etag is \(current) now",
      metadata: ["name": resource.name, "etag": current], resource: resource)
  }

  /// - Parameter current: the resource's etag now; nil when the resource does not exist.
  public static func etagMismatch(
    _ kind: CatalogKind, _ id: String, current: String?
  ) -> DomainError {
    guard let current else {
      return DomainError(
        .aborted, .etagMismatch, "\(kind.typeName) \(id) does not exist, and has no etag",
        metadata: ["name": id, "etag": ETag.absent], resource: .catalog(kind, id))
    }
    return etagMismatch(.catalog(kind, id), current: current)
  }

  public static func lastTrack(componentId: String, trackId: String) -> DomainError {
    failedPrecondition(
      .lastTrack, "deployment track \(trackId) is the only one of component \(componentId)",
      subject: "components/\(componentId)",
      metadata: ["component": componentId, "deployment_track": trackId])
  }

  public static func branchUnlinked(componentId: String) -> DomainError {
    failedPrecondition(
      .branchUnlinked,
      "auto_deploy_enabled takes a branch, because component \(componentId) is built from source",
      subject: "components/\(componentId)", metadata: ["component": componentId])
  }

  public static func autoBuildDisabled(componentId: String) -> DomainError {
    failedPrecondition(
      .autoBuildDisabled,
      "auto_deploy_enabled takes automatic builds, and component \(componentId) has "
        + "auto_build_on_commit switched off",
      subject: "components/\(componentId)", metadata: ["component": componentId])
  }

  /// A track deploys automatically, which needs automatic builds: they cannot be switched off.
  public static func autoDeployEnabled(componentId: String, trackId: String) -> DomainError {
    failedPrecondition(
      .autoDeployEnabled,
      "auto_build_on_commit cannot be switched off for component \(componentId): deployment track "
        + "\(trackId) has auto-deploy on",
      subject: "components/\(componentId)",
      metadata: ["component": componentId, "deployment_track": trackId])
  }

  public static func endpointNameTaken(_ name: String, trackId: String) -> DomainError {
    failedPrecondition(
      .endpointNameTaken,
      "the source configuration of deployment track \(trackId) defines an endpoint \(name)",
      subject: "endpoints/\(name)", metadata: ["endpoint": name, "deployment_track": trackId])
  }

  public static func componentHasTracks(_ componentId: String) -> DomainError {
    failedPrecondition(
      .componentHasTracks,
      "component \(componentId) has deployment tracks, so that its type cannot change",
      subject: "components/\(componentId)", metadata: ["component": componentId])
  }

  /// - Parameter other: the environment that has the folder; nil if the caller may not know it.
  public static func pathTaken(_ place: DeploymentPlace, by other: Environment?) -> DomainError {
    let owner = other.map { "environment \($0.id) (folder '\($0.gitopsPath)')" }
    var metadata = ["field": "environment.gitops_path", "path": place.path]
    metadata["environment"] = other?.id
    return failedPrecondition(
      .pathTaken,
      "folder '\(place.path)' of that GitOps repository and branch is, contains or lies within the one of "
        + (owner ?? "another environment") + ": every environment has a folder of its own",
      subject: other.map { "environments/\($0.id)" } ?? "environments", metadata: metadata)
  }

  /// The most users of a resource that an error names.
  public static var maximumUses: Int { 10 }

  /// - Parameter uses: the resources that refer to this one; not empty. The error names
  ///   `maximumUses` of them.
  public static func inUse(
    _ kind: CatalogKind, _ id: String, by uses: [ResourceUse]
  ) -> DomainError {
    let users = uses.prefix(maximumUses).map(\.description).joined(separator: ", ")
    let more = uses.count > maximumUses ? " and more" : ""
    return failedPrecondition(
      kind.inUseReason, "\(kind.words) \(id) cannot be deleted: it is used by \(users)\(more)",
      subject: "\(kind.collection)/\(id)",
      metadata: [kind.metadataKey: id, "used_by": users + more])
  }

  static func failedPrecondition(
    _ reason: ErrorReason, _ message: String, subject: String, metadata: [String: String]
  ) -> DomainError {
    DomainError(
      .failedPrecondition, reason, message, metadata: metadata,
      precondition: Condition(subject: subject, description: message))
  }
}

extension DomainError.Resource {
  public static func track(_ id: String) -> Self { Self(type: "DeploymentTrack", name: id) }
  static func catalog(_ kind: CatalogKind, _ id: String) -> Self {
    Self(type: kind.typeName, name: id)
  }
}

extension DomainError {
  /// The subscription service does not answer, so the organization's limits are unknown.
  public static func subscriptionsUnavailable(
    organizationId: String, _ error: IntegrationError
  ) -> DomainError {
    DomainError(
      .unavailable, .subscriptionsUnavailable,
      "what organization \(organizationId) pays for is not known now: \(error.message)",
      metadata: ["organization": organizationId], retrySeconds: 5)
  }
}
