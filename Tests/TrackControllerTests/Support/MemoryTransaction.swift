import TrackDomain

final class MemoryTransaction: StoreTransaction {
  var tables: MemoryTables

  init(_ tables: MemoryTables) {
    self.tables = tables
  }

  // MARK: Reading

  private func tracks(of componentId: String) -> [Track] {
    tables.tracks.values.filter { $0.componentId == componentId }.map { track in
      var track = track
      track.isLatest = tables.latest[componentId] == track.id
      return track
    }
  }

  func track(componentId: String, id: String) throws(StoreError) -> Track? {
    tracks(of: componentId).first { $0.id == id }
  }

  func tracks(_ query: TrackQuery) throws(StoreError) -> TrackPage {
    let order = query.order
    let isBefore = { (left: TrackKey, right: TrackKey) in
      order.isDescending ? Self.rank(right) < Self.rank(left) : Self.rank(left) < Self.rank(right)
    }
    let rows = tracks(of: query.componentId)
      .map { (key: TrackKey($0, in: order), track: $0) }
      .filter { row in query.after.map { isBefore($0, row.key) } ?? true }
      .sorted { isBefore($0.key, $1.key) }
    var page = TrackPage(tracks: [], next: nil)
    for (index, row) in rows.enumerated() {
      if query.filter.matches(row.track) { page.tracks.append(row.track) }
      if page.tracks.count == query.limit || index + 1 == query.examined {
        page.next = index + 1 < rows.count ? row.key : nil
        break
      }
    }
    return page
  }

  private static func rank(_ key: TrackKey) -> (Int64, Int64, String) {
    (
      key.version.map { Int64($0.major) << 32 | Int64($0.minor) } ?? -1, key.at.microseconds,
      key.id
    )
  }

  func trackCount(componentId: String, upTo limit: Int) throws(StoreError) -> Int {
    min(tracks(of: componentId).count, limit)
  }

  func trackId(componentId: String, version: APIVersion) throws(StoreError) -> String? {
    tracks(of: componentId).first { $0.version == version }?.id
  }

  func trackId(componentId: String, unversionedBranch: String) throws(StoreError) -> String? {
    tracks(of: componentId).first { $0.version == nil && $0.branch == unversionedBranch }?.id
  }

  func latestCandidate(
    componentId: String, without trackId: String
  ) throws(StoreError) -> Track? {
    let order = TrackOrder.newestVersionFirst
    return tracks(of: componentId).filter { $0.id != trackId }
      .max { Self.rank(TrackKey($0, in: order)) < Self.rank(TrackKey($1, in: order)) }
  }

  func component(_ id: String) throws(StoreError) -> ComponentContext? {
    guard case .component(let component)? = tables.resources[.component]?[id],
      case .project(let project)? = tables.resources[.project]?[component.projectId],
      case .organization(let organization)? =
        tables.resources[.organization]?[project.organizationId]
    else { return nil }
    return ComponentContext(
      component: component, organizationId: organization.id, tier: organization.tier,
      latestTrackId: tables.latest[id])
  }

  func catalogResource(_ kind: CatalogKind, id: String) throws(StoreError) -> CatalogResource? {
    tables.resources[kind]?[id]
  }

  func catalogResources(
    _ kind: CatalogKind, parentId: String?, after: String, limit: Int
  ) throws(StoreError) -> [CatalogResource] {
    let all = (tables.resources[kind] ?? [:]).values
      .filter { $0.value.parentId == parentId && after < $0.value.id }
      .sorted { $0.value.id < $1.value.id }
    return Array(all.prefix(limit))
  }

  func isInUse(_ kind: CatalogKind, id: String) throws(StoreError) -> Bool {
    if kind == .component { return tables.latest[id] != nil }
    return tables.resources.values.flatMap(\.values).contains { resource in
      switch resource {
      case .deploymentPipeline(let value) where kind == .environment:
        value.environmentIds.contains(id)
      case .component(let value) where kind == .deploymentPipeline:
        value.defaultPipelineId == id
      default:
        type(of: resource.value).kind.parent == kind && resource.value.parentId == id
      }
    }
  }

  func request(_ key: RequestKey) throws(StoreError) -> RememberedRequest? {
    tables.requests[key]
  }

  func configRevisions(
    componentId: String, trackId: String, from number: Int32, limit: Int
  ) throws(StoreError) -> [ConfigRevision] {
    let all = tables.revisions.filter {
      $0.componentId == componentId && $0.trackId == trackId && $0.number >= number
    }
    return Array(all.prefix(limit))
  }

  func changes(after sequence: Int64, limit: Int) throws(StoreError) -> [LoggedChange] {
    Array(tables.changes.filter { $0.sequence > sequence }.prefix(limit))
  }

  // MARK: Changing

  func lockComponent(_ id: String) throws(StoreError) -> ComponentContext? {
    try component(id)
  }

  private func key(_ componentId: String, _ id: String) -> MemoryTables.TrackId {
    MemoryTables.TrackId(component: componentId, track: id)
  }

  func insertTrack(_ track: Track) throws(StoreError) {
    tables.tracks[key(track.componentId, track.id)] = track
  }

  func updateTrack(_ track: Track) throws(StoreError) {
    let endpoints = tables.tracks[key(track.componentId, track.id)]?.endpoints
    tables.tracks[key(track.componentId, track.id)] = track
    tables.tracks[key(track.componentId, track.id)]?.endpoints = endpoints ?? []
  }

  func replaceEndpoints(of track: Track) throws(StoreError) {
    tables.tracks[key(track.componentId, track.id)]?.endpoints = track.endpoints
  }

  func deleteTrack(componentId: String, id: String) throws(StoreError) {
    guard tables.latest[componentId] != id else { throw StoreError(.failed, "is the latest") }
    tables.tracks[key(componentId, id)] = nil
    tables.revisions.removeAll { $0.componentId == componentId && $0.trackId == id }
  }

  func setLatestTrack(componentId: String, trackId: String) throws(StoreError) {
    guard tables.tracks[key(componentId, trackId)] != nil else {
      throw StoreError(.failed, "no such track")
    }
    tables.latest[componentId] = trackId
  }

  func insertConfigRevision(_ revision: ConfigRevision) throws(StoreError) {
    tables.revisions.append(revision)
  }

  func putCatalogResource(_ resource: CatalogResource) throws(StoreError) {
    tables.resources[type(of: resource.value).kind, default: [:]][resource.value.id] = resource
  }

  func deleteCatalogResource(_ kind: CatalogKind, id: String) throws(StoreError) {
    tables.resources[kind]?[id] = nil
  }

  func appendChange(_ change: Change) throws(StoreError) {
    tables.changes.append(
      LoggedChange(sequence: Int64(tables.changes.count + 1), change: change))
  }

  func rememberRequest(_ request: RememberedRequest) throws(StoreError) {
    tables.requests[request.key] = request
  }
}
