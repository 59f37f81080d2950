public import TrackDomain

/// The request to replace the USER endpoints of a track.
public struct UpdateTrackConfigs: Sendable {
  public var componentId: String
  public var trackId: String
  public var endpoints: [EndpointDraft]
  public var etag: String
  /// Empty: the endpoints, if there are any.
  public var updateMask: [String]
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, endpoints: [EndpointDraft] = [], etag: String = "",
    updateMask: [String] = [], options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.endpoints = endpoints
    self.etag = etag
    self.updateMask = updateMask
    self.options = options
  }
}

extension UpdateTrackConfigs: Mutation {
  /// The endpoints that the track is to have; nil when they stay.
  typealias Checked = [Endpoint]?

  var method: RequestMethod { .updateDeploymentTrackConfigs }

  func combine(into digest: inout Digest) {
    digest.combine(componentId)
    digest.combine(trackId)
    digest.combine(UInt64(endpoints.count))
    for endpoint in endpoints { endpoint.combine(into: &digest) }
    digest.combine(etag)
    digest.combine(UInt64(updateMask.count))
    for path in updateMask { digest.combine(path) }
  }

  func check() throws(DomainError) -> Checked {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    let present: Set<ConfigField> = endpoints.isEmpty ? [] : [.endpoints]
    let fields = violations.collect("update_mask") { () throws(InvalidValue) in
      try UpdateMask.resolve(updateMask, present: present, immutable: ConfigField.immutable)
    }
    var checked: [Endpoint]?
    if fields?.contains(.endpoints) == true {
      checked = EndpointRules.check(endpoints, &violations)
    }
    try violations.check()
    return checked
  }

  func lockedComponentId(_ checked: Checked) -> String? { componentId }

  func plan(_ checked: Checked, _ situation: Situation) throws -> Plan<Track> {
    let changes = try TrackChanges(situation, componentId: componentId)
    let old = try changes.existing(trackId, etag: etag, situation.reader)
    guard let checked else { return changes.nothing(old) }
    let endpoints = try merged(checked, into: old)
    if endpoints == old.endpoints { return changes.nothing(old) }
    var new = changes.revised(old)
    new.endpoints = endpoints
    new.configRevision += 1
    return plan(new, changes)
  }

  /// `endpoints` and those of the source configuration, by name.
  private func merged(_ endpoints: [Endpoint], into track: Track) throws(DomainError) -> [Endpoint]
  {
    let kept = track.endpoints.filter { $0.origin == .sourceConfig }
    let names = Set(kept.map(\.name))
    if let taken = endpoints.first(where: { names.contains($0.name) }) {
      throw DomainError.endpointNameTaken(taken.name, trackId: trackId)
    }
    return (kept + endpoints).sorted { $0.name < $1.name }
  }

  private func plan(_ track: Track, _ changes: TrackChanges) -> Plan<Track> {
    let snapshot = Snapshot.encode(track)
    return Plan(response: track, encodedResponse: snapshot) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try transaction.updateTrack(track)
      try transaction.replaceEndpoints(of: track)
      try transaction.insertConfigRevision(
        ConfigRevision(
          componentId: track.componentId, trackId: track.id, number: track.configRevision,
          configs: TrackConfigs(endpoints: track.endpoints), createdAt: changes.now, actor: changes.actor))
      try transaction.appendChange(changes.change(.updated, track, snapshot: snapshot))
    }
  }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Track {
    try Snapshot.track(bytes)
  }
}
