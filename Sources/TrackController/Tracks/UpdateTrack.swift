import TrackDomain

/// The request to change a track.
public struct UpdateTrack: Sendable {
  public var componentId: String
  public var trackId: String
  /// URL-encoded; nil when the request leaves it out.
  public var branch: String?
  public var description: String?
  public var autoDeployEnabled: Bool?
  public var etag: String
  /// Empty: the fields that are not nil.
  public var updateMask: [String]
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, branch: String? = nil, description: String? = nil,
    autoDeployEnabled: Bool? = nil, etag: String = "", updateMask: [String] = [],
    options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.branch = branch
    self.description = description
    self.autoDeployEnabled = autoDeployEnabled
    self.etag = etag
    self.updateMask = updateMask
    self.options = options
  }
}

extension UpdateTrack: Mutation {
  /// The new values; nil for fields that stay.
  struct Checked: Sendable {
    /// A failure to decode counts only when the text is not the track's own branch: callers may
    /// send the decoded branch of an answer back, which is no change.
    var branch: Result<String, InvalidValue>?
    var description: String?
    var autoDeployEnabled: Bool?
  }

  var method: RequestMethod { .updateDeploymentTrack }

  func combine(into digest: inout Digest) {
    digest.combine(componentId)
    digest.combine(trackId)
    digest.combine(branch != nil)
    digest.combine(branch ?? "")
    digest.combine(description != nil)
    digest.combine(description ?? "")
    digest.combine(autoDeployEnabled != nil)
    digest.combine(autoDeployEnabled ?? false)
    digest.combine(etag)
    digest.combine(UInt64(updateMask.count))
    for path in updateMask { digest.combine(path) }
  }

  func check() throws(DomainError) -> Checked {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    let fields =
      violations.collect("update_mask") { () throws(InvalidValue) in
        try UpdateMask.resolve(updateMask, present: present, immutable: TrackField.immutable)
      } ?? []
    var checked = Checked()
    if fields.contains(.branch) {
      checked.branch = violations.collect("branch") { () throws(InvalidValue) in
        try decodedBranch()
      }
    }
    if fields.contains(.description) {
      checked.description = violations.collect("description") { () throws(InvalidValue) in
        try TextRule.description.check(description ?? "")
      }
    }
    if fields.contains(.autoDeployEnabled) {
      checked.autoDeployEnabled = autoDeployEnabled ?? false
    }
    try violations.check()
    return checked
  }

  private func decodedBranch() throws(InvalidValue) -> Result<String, InvalidValue> {
    let branch = branch ?? ""
    do {
      return .success(try BranchName.decode(branch))
    } catch {
      // A text that is no branch name, either, cannot be any track's branch.
      try BranchName.check(branch)
      return .failure(error)
    }
  }

  private var present: Set<TrackField> {
    var fields: Set<TrackField> = []
    if branch != nil { fields.insert(.branch) }
    if description != nil { fields.insert(.description) }
    if autoDeployEnabled != nil { fields.insert(.autoDeployEnabled) }
    return fields
  }

  var namedComponentId: String? { componentId }

  func plan(_ checked: Checked, _ context: PlanContext) throws -> Plan<Track> {
    if case .failure(let problem) = checked.branch,
      try context.reader.track(componentId: componentId, id: trackId)?.branch != branch
    {
      throw DomainError.invalid("branch", problem)
    }
    let changes = try TrackChanges(context, componentId: componentId)
    let old = try changes.existing(trackId, etag: etag, context.reader)
    var new = old
    if case .success(let decoded) = checked.branch, branch != old.branch { new.branch = decoded }
    new.description = checked.description ?? old.description
    new.autoDeployEnabled = checked.autoDeployEnabled ?? old.autoDeployEnabled
    if new == old { return changes.nothing(old) }
    let isRelinked = new.branch != old.branch
    // A setting that the component no longer allows stays until a call changes it.
    if isRelinked && new.branch.isEmpty || new.autoDeployEnabled != old.autoDeployEnabled {
      try changes.checkAutoDeploy(new)
    }
    if isRelinked, new.version == nil {
      try changes.checkUnversionedBranch(
        new.branch,
        context.reader.trackId(componentId: componentId, unversionedBranch: new.branch))
    }
    let track = changes.revised(new)
    let snapshot = Snapshot.encode(track)
    let subject = changes.subject(trackId, changedFields: Self.changedFields(old, track))
    return Plan(response: track, encodedResponse: snapshot, changing: subject) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try transaction.updateTrack(track)
      try transaction.appendChange(changes.change(.updated, track, snapshot: snapshot))
    }
  }

  private static func changedFields(_ old: Track, _ new: Track) -> [String] {
    var fields: [TrackField] = []
    if old.branch != new.branch { fields.append(.branch) }
    if old.description != new.description { fields.append(.description) }
    if old.autoDeployEnabled != new.autoDeployEnabled { fields.append(.autoDeployEnabled) }
    return fields.map(\.rawValue)
  }

  /// The fields that the request sets.
  func withoutNames(_ track: Track) -> Track {
    var told = track.withoutContent
    if branch != nil { told.branch = track.branch }
    if description != nil { told.description = track.description }
    if autoDeployEnabled != nil { told.autoDeployEnabled = track.autoDeployEnabled }
    return told
  }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Track {
    try Snapshot.track(bytes)
  }
}
