import TrackDomain

/// The request to create or replace a catalog resource.
struct PutResource<Draft: CatalogDraft>: Mutation {
  let draft: Draft
  /// Of the resource as the caller knows it; empty for no check.
  let etag: String
  let options: MutationOptions
  /// Where repositories may be.
  var outbound = OutboundRules()

  var method: RequestMethod { Draft.Value.kind.putMethod }

  func combine(into digest: inout Digest) {
    draft.combine(into: &digest)
    // A request without an etag keeps the digest that it had before requests had etags.
    if !etag.isEmpty { digest.combine(etag) }
  }

  func check() throws(DomainError) -> Draft.Value {
    var violations = Violations()
    let value = draft.check(&violations)
    guard let value, violations.error == nil else {
      throw violations.error ?? .invalid(Draft.Value.kind.field, .incomplete)
    }
    return value
  }

  var namedComponentId: String? { Draft.Value.kind == .component ? draft.id : nil }

  func plan(_ value: Draft.Value, _ context: PlanContext) throws -> Plan<Draft.Value> {
    let reader = context.reader
    let kind = Draft.Value.kind
    let parent = kind.parent.flatMap { kind in value.parentId.map { CatalogKey(kind, $0) } }
    let references = ReferenceRules.references(of: value.resource)
    let found = try reader.catalogResources(
      at: Set([CatalogKey(kind, value.id), parent].compactMap(\.self) + references))
    let former = found[CatalogKey(kind, value.id)]
    try checkETag(of: former, value.id)
    if let parent, found[parent] == nil { throw DomainError.notFound(parent.kind, parent.id) }
    let check = AccessCheck(access: context.access, reader: reader)
    let known = try known(found, references, besides: former, check)
    try ReferenceRules.check(references, of: value.resource, known)
    let value = value.settled(from: former.flatMap(Draft.Value.init))
    if let former {
      try checkReplacing(former, by: value, context)
    }
    try RepositoryHostRules.check(value.resource, former, outbound)
    try checkAutoBuild(value, former, reader)
    if case .environment(let environment) = value.resource {
      try PlaceRules.check(environment, hasOwnGitOps: context.hasOwnGitOps)
      try PlaceRules.check(environment, former.flatMap(Environment.init), check)
    }
    let snapshot = Snapshot.encode(value.resource)
    if former == value.resource {
      return Plan(response: value, encodedResponse: snapshot)
    }
    let change = CatalogChange.change(
      former == nil ? .created : .updated, value, snapshot, context)
    let subject = AuditSubject(
      "\(kind.collectionId)/\(value.id)", at: place(of: value, parent.flatMap { found[$0] }),
      changedFields: former.map { value.changedFields(since: $0) } ?? [])
    return Plan(response: value, encodedResponse: snapshot, changing: subject) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try transaction.putCatalogResource(value.resource)
      try transaction.appendChange(change)
    }
  }

  /// - Parameter parent: of the value.
  private func place(of value: Draft.Value, _ parent: CatalogResource?) -> AccessPlace {
    switch value.resource {
    case .organization(let value): AccessPlace(organizationId: value.id)
    case .project(let value):
      AccessPlace(organizationId: value.organizationId, projectId: value.id)
    case .component(let value): within(parent, componentId: value.id)
    case .environment(let value): within(parent, environmentId: value.id)
    case .deploymentPipeline: within(parent)
    }
  }

  private func within(
    _ parent: CatalogResource?, componentId: String = "", environmentId: String = ""
  ) -> AccessPlace {
    guard case .project(let project)? = parent else { return .everywhere }
    return AccessPlace(
      organizationId: project.organizationId, projectId: project.id, componentId: componentId,
      environmentId: environmentId)
  }

  /// What there is of the references, as far as the caller may know it or the resource has it.
  private func known(
    _ found: [CatalogKey: CatalogResource], _ references: [CatalogKey],
    besides former: CatalogResource?, _ check: AccessCheck
  ) throws(StoreError) -> [CatalogKey: CatalogResource] {
    guard check.access.isRestricted else { return found }
    let old = Set(former.map(ReferenceRules.references) ?? [])
    var known = found
    for key in references where !old.contains(key) {
      if let resource = found[key], try !check.knows(resource) { known[key] = nil }
    }
    return known
  }

  private func checkETag(of former: CatalogResource?, _ id: String) throws(DomainError) {
    let current = former.map { ETag.text($0) }
    guard etag.isEmpty || etag == current ?? ETag.absent else {
      throw DomainError.etagMismatch(Draft.Value.kind, id, current: current)
    }
  }

  private func checkReplacing(
    _ former: CatalogResource, by value: Draft.Value, _ context: PlanContext
  ) throws(DomainError) {
    let kind = Draft.Value.kind
    if former.value.parentId != value.parentId, let parent = kind.parent {
      throw DomainError.immutableField("\(kind.field).\(parent.idField)")
    }
    if case .component(let old) = former, case .component(let new) = value.resource,
      old.type != new.type, context.component?.latestTrackId != nil
    {
      throw DomainError.componentHasTracks(old.id)
    }
  }

  /// Refuses to switch off automatic builds while a track of the component deploys by itself.
  private func checkAutoBuild(
    _ value: Draft.Value, _ former: CatalogResource?, _ reader: any StoreReader
  ) throws {
    guard case .component(let new) = value.resource, new.lacksAutomaticBuilds,
      case .component(let old)? = former, !old.lacksAutomaticBuilds
    else { return }
    var after: TrackKey?
    repeat {
      let page = try reader.tracks(
        TrackQuery(
          componentId: new.id, filter: TrackFilter([.autoDeployEnabled(true)]),
          order: .newestVersionFirst, after: after, limit: 10, examined: 1000))
      for track in page.tracks
      where try reader.deletion(componentId: new.id, trackId: track.id) == nil {
        throw DomainError.autoDeployEnabled(componentId: new.id, trackId: track.id)
      }
      after = page.next
    } while after != nil
  }

  /// The resource as the request has it.
  func withoutNames(_ value: Draft.Value) -> Draft.Value { value }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Draft.Value {
    guard let value = Draft.Value(try Snapshot.catalogResource(bytes)) else {
      throw SnapshotError()
    }
    return value
  }
}

extension Component {
  /// Whether the component is built from source, and its builds are known not to start by
  /// themselves.
  fileprivate var lacksAutomaticBuilds: Bool {
    imageSource == .build && autoBuildOnCommit == false
  }
}
