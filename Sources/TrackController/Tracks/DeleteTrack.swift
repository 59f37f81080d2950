import TrackDomain

/// The request to delete a track.
public struct DeleteTrack: Sendable {
  public var componentId: String
  public var trackId: String
  public var etag: String
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, etag: String = "",
    options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.etag = etag
    self.options = options
  }
}

extension DeleteTrack: Mutation {
  var method: RequestMethod { .deleteDeploymentTrack }

  func combine(into digest: inout Digest) {
    digest.combine(componentId)
    digest.combine(trackId)
    digest.combine(etag)
  }

  func check() throws(DomainError) {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    try violations.check()
  }

  func lockedComponentId(_ checked: Void) -> String? { componentId }

  func plan(_ checked: Void, _ situation: Situation) throws -> Plan<String> {
    let changes = try TrackChanges(situation, componentId: componentId)
    let reader = situation.reader
    let track = try changes.existing(trackId, etag: etag, reader)
    let heir = try heir(of: track, reader)
    guard let latestId = track.isLatest ? heir?.id : changes.component.latestTrackId else {
      throw DomainError.lastTrack(componentId: componentId, trackId: trackId)
    }
    return Plan(response: latestId, encodedResponse: Snapshot.encode(latestId)) {
      (transaction: any StoreTransaction) throws(StoreError) in
      if let heir {
        var revised = changes.revised(heir)
        revised.isLatest = true
        try transaction.setLatestTrack(componentId: componentId, trackId: heir.id)
        try transaction.updateTrack(revised)
        try transaction.appendChange(
          changes.change(.updated, revised, snapshot: Snapshot.encode(revised)))
      }
      try transaction.deleteTrack(componentId: componentId, id: trackId)
      try transaction.appendChange(
        changes.change(.deleted, track, snapshot: Snapshot.encode(track)))
    }
  }

  /// The track that becomes the latest in place of `track`, if that is the latest. A track that is
  /// not implies that another one is, so that only the latest can be the last.
  private func heir(of track: Track, _ reader: any StoreReader) throws(StoreError) -> Track? {
    guard track.isLatest else { return nil }
    return try reader.latestCandidate(componentId: componentId, without: trackId)
  }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> String {
    try Snapshot.text(bytes)
  }
}
