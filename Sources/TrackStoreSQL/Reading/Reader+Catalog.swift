package import TrackDomain

package extension Reader {
  private static let context = Query(
    """
    SELECT \(CatalogRow.componentColumns), c.latest_track_id, o.id, o.tier
    FROM component c JOIN project p ON p.id = c.project_id
      JOIN organization o ON o.id = p.organization_id
    WHERE c.id = ?1
    """)
  private static let pipelineEnvironments = Query(
    "SELECT environment_id FROM pipeline_environment WHERE pipeline_id = ?1 ORDER BY position")

  final func readComponent(_ id: String) throws(StoreError) -> ComponentContext? {
    let row = try statement(Self.context)
    defer { row.reset() }
    row.bind(1, id)
    guard try step(row) else { return nil }
    let end = CatalogRow.componentEnd
    guard let component = CatalogRow.component(row),
      let tier = OrganizationTier(rawValue: UInt8(truncatingIfNeeded: row.int(end + 2)))
    else { throw .unreadable("component \(id)") }
    return ComponentContext(
      component: component, organizationId: row.text(end + 1), tier: tier,
      latestTrackId: row.optionalText(end))
  }

  func catalogResource(_ kind: CatalogKind, id: String) throws(StoreError) -> CatalogResource? {
    let row = try statement(kind.queries.one)
    defer { row.reset() }
    row.bind(1, id)
    return try step(row) ? try resource(kind, row) : nil
  }

  func catalogResources(
    at keys: Set<CatalogKey>
  ) throws(StoreError) -> [CatalogKey: CatalogResource] {
    var resources: [CatalogKey: CatalogResource] = [:]
    for (kind, keys) in Dictionary(grouping: keys, by: \.kind) {
      let ids = keys.map(\.id)
      if ids.count == 1 {
        resources[keys[0]] = try catalogResource(kind, id: ids[0])
        continue
      }
      let found = try catalogResources(
        kind, parentId: nil, within: .ids(ids.sorted()), after: "", limit: ids.count)
      for resource in found { resources[CatalogKey(kind, resource.value.id)] = resource }
    }
    return resources
  }

  func catalogResources(
    _ kind: CatalogKind, parentId: String?, after: String, limit: Int
  ) throws(StoreError) -> [CatalogResource] {
    let row = try statement(parentId == nil ? kind.queries.all : kind.queries.ofParent)
    defer { row.reset() }
    row.bind(1, after)
    row.bind(2, limit)
    if let parentId { row.bind(3, parentId) }
    var resources: [CatalogResource] = []
    while try step(row) { resources.append(try resource(kind, row)) }
    return resources
  }

  func catalogResources(
    _ kind: CatalogKind, parentId: String?, within reach: AccessReach, after: String, limit: Int
  ) throws(StoreError) -> [CatalogResource] {
    guard case .ids(let ids) = reach else {
      return try catalogResources(kind, parentId: parentId, after: after, limit: limit)
    }
    if ids.isEmpty { return [] }
    let row = try statement(kind.queries.listed)
    defer { row.reset() }
    row.bind(1, after)
    row.bind(2, limit)
    if let parentId { row.bind(3, parentId) } else { row.bindNull(3) }
    // Ids have no characters that JSON writes otherwise.
    row.bind(4, "[" + ids.map { "\"\($0)\"" }.joined(separator: ",") + "]")
    var resources: [CatalogResource] = []
    while try step(row) { resources.append(try resource(kind, row)) }
    return resources
  }

  func uses(
    of kind: CatalogKind, id: String, limit: Int
  ) throws(StoreError) -> [ResourceUse] {
    let row = try statement(kind.queries.uses)
    defer { row.reset() }
    row.bind(1, id)
    row.bind(2, limit)
    var uses: [ResourceUse] = []
    while try step(row) {
      guard let kind = ResourceUse.Kind(rawValue: UInt8(truncatingIfNeeded: row.int(0))) else {
        throw .unreadable("what refers to \(id)")
      }
      let major = row.int(3)
      uses.append(
        ResourceUse(
          kind, id: row.text(1), componentId: row.text(2),
          version: major < 0
            ? nil : APIVersion(major: row.natural32(3), minor: row.natural32(4))))
    }
    return uses
  }

  private func resource(_ kind: CatalogKind, _ row: any Statement) throws(StoreError)
    -> CatalogResource
  {
    guard var resource = CatalogRow.resource(kind, row) else {
      throw .unreadable("\(kind) \(row.text(0))")
    }
    if case .deploymentPipeline(var pipeline) = resource {
      let environments = try statement(Self.pipelineEnvironments)
      defer { environments.reset() }
      environments.bind(1, pipeline.id)
      while try step(environments) { pipeline.environmentIds.append(environments.text(0)) }
      resource = .deploymentPipeline(pipeline)
    }
    return resource
  }
}
