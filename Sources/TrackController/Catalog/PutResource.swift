import TrackDomain

/// The request to create or replace a catalog resource.
struct PutResource<Draft: CatalogDraft>: Mutation {
  let draft: Draft
  let options: MutationOptions

  var method: RequestMethod { Draft.Value.kind.putMethod }

  func combine(into digest: inout Digest) {
    draft.combine(into: &digest)
  }

  func check() throws(DomainError) -> Draft.Value {
    var violations = Violations()
    let value = draft.check(&violations)
    guard let value, violations.error == nil else {
      throw violations.error ?? .invalid(Draft.Value.kind.field, .incomplete)
    }
    return value
  }

  func lockedComponentId(_ value: Draft.Value) -> String? {
    Draft.Value.kind == .component ? value.id : nil
  }

  func plan(_ value: Draft.Value, _ situation: Situation) throws -> Plan<Draft.Value> {
    let reader = situation.reader
    let kind = Draft.Value.kind
    if let parent = kind.parent, let parentId = value.parentId,
      try reader.catalogResource(parent, id: parentId) == nil
    {
      throw DomainError.notFound(parent, parentId)
    }
    try ReferenceRules.check(value.resource, reader)
    let former = try reader.catalogResource(kind, id: value.id)
    if let former {
      try checkReplacing(former, by: value, situation)
    }
    let snapshot = Snapshot.encode(value.resource)
    if former == value.resource {
      return Plan(response: value, encodedResponse: snapshot, apply: nil)
    }
    let change = CatalogChange.change(
      former == nil ? .created : .updated, value, snapshot, situation)
    return Plan(response: value, encodedResponse: snapshot) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try transaction.putCatalogResource(value.resource)
      try transaction.appendChange(change)
    }
  }

  private func checkReplacing(
    _ former: CatalogResource, by value: Draft.Value, _ situation: Situation
  ) throws(DomainError) {
    let kind = Draft.Value.kind
    if former.value.parentId != value.parentId, let parent = kind.parent {
      throw DomainError.immutableField("\(kind.field).\(parent.idField)")
    }
    if case .component(let old) = former, case .component(let new) = value.resource,
      old.type != new.type, situation.component?.latestTrackId != nil
    {
      throw DomainError.componentHasTracks(old.id)
    }
  }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Draft.Value {
    guard let value = Draft.Value(try Snapshot.catalogResource(bytes)) else {
      throw SnapshotError()
    }
    return value
  }
}
