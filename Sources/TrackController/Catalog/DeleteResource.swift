import TrackDomain

/// The request to delete a catalog resource.
struct DeleteResource: Mutation {
  let kind: CatalogKind
  let id: String
  let options: MutationOptions

  var method: RequestMethod { kind.deleteMethod }

  func combine(into digest: inout Digest) {
    digest.combine(id)
  }

  func check() throws(DomainError) {
    _ = try validId(kind.idField, id)
  }

  var namedComponentId: String? { kind == .component ? id : nil }

  var removesItsResource: Bool { true }

  func plan(_ checked: Void, _ context: PlanContext) throws -> Plan<Void> {
    let reader = context.reader
    guard let resource = try reader.catalogResource(kind, id: id) else {
      throw DomainError.notFound(kind, id)
    }
    let uses = try reader.uses(of: kind, id: id, limit: DomainError.maximumUses + 1)
    guard uses.isEmpty else { throw DomainError.inUse(kind, id, by: uses) }
    let change = CatalogChange.change(
      .deleted, resource.value, Snapshot.encode(resource), context)
    let check = AccessCheck(access: context.access, reader: reader)
    let place = try context.component.map { AccessPlace($0) } ?? check.place(of: resource)
    let subject = AuditSubject("\(kind.collectionId)/\(id)", at: place ?? .everywhere)
    return Plan(
      response: (), encodedResponse: Snapshot.encode(""), changing: subject
    ) { (transaction: any StoreTransaction) throws(StoreError) in
      try transaction.deleteCatalogResource(kind, id: id)
      try transaction.appendChange(change)
    }
  }

  func withoutNames(_ response: Void) {}

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws {
    _ = try Snapshot.text(bytes)
  }
}
