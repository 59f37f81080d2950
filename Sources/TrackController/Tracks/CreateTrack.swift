import TrackDomain

/// The request for a new track.
public struct CreateTrack: Sendable {
  public var componentId: String
  /// Empty: trackd makes an id.
  public var id: String
  public var apiVersion: String
  /// URL-encoded.
  public var branch: String
  public var description: String
  public var autoDeployEnabled: Bool
  public var options: MutationOptions
  /// The organization's tier according to the subscriptions; nil: the catalog's tier counts. Asked
  /// before the transaction, in which no other system is asked. A failure counts only where the
  /// tier matters.
  var tier = Result<OrganizationTier?, IntegrationError>.success(nil)

  public init(
    componentId: String, id: String = "", apiVersion: String = "", branch: String = "",
    description: String = "", autoDeployEnabled: Bool = false,
    options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.id = id
    self.apiVersion = apiVersion
    self.branch = branch
    self.description = description
    self.autoDeployEnabled = autoDeployEnabled
    self.options = options
  }
}

extension CreateTrack: Mutation {
  struct Checked: Sendable {
    let id: String
    let isIdGiven: Bool
    let version: APIVersion?
    let branch: String
  }

  var method: RequestMethod { .createDeploymentTrack }

  func combine(into digest: inout Digest) {
    digest.combine(componentId)
    digest.combine(id)
    digest.combine(apiVersion)
    digest.combine(branch)
    digest.combine(description)
    digest.combine(autoDeployEnabled)
  }

  func check() throws(DomainError) -> Checked {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    if !id.isEmpty { violations.collectId("id", id) }
    let version = apiVersion.isEmpty ? nil : APIVersion(apiVersion)
    if version == nil, !apiVersion.isEmpty {
      violations.add(
        "api_version",
        InvalidValue(
          .invalidAPIVersion,
          "must be v<major>.<minor>, numbers without leading zeros up to \(Int32.max)"))
    }
    let decodedBranch = violations.collect("branch") { () throws(InvalidValue) in
      try BranchName.decode(branch)
    }
    _ = violations.collect("description") { () throws(InvalidValue) in
      try TextRule.description.check(description)
    }
    try violations.check()
    return Checked(
      id: id.isEmpty ? UniqueID.random().description : id, isIdGiven: !id.isEmpty,
      version: version, branch: decodedBranch ?? "")
  }

  var namedComponentId: String? { componentId }

  func plan(_ checked: Checked, _ context: PlanContext) throws -> Plan<Track> {
    let changes = try TrackChanges(context, componentId: componentId)
    let component = changes.component
    guard fits(component.component) else {
      throw DomainError.apiVersionRequired(componentId: componentId)
    }
    var track = Track(
      id: checked.id, componentId: componentId, version: checked.version, branch: checked.branch,
      description: description, autoDeployEnabled: autoDeployEnabled, isLatest: true,
      endpoints: [], configRevision: 0, revision: 1, createdAt: changes.now,
      updatedAt: changes.now, createdBy: changes.actor.name)
    try changes.checkAutoDeploy(track)
    let limit = try tier(of: component).trackLimit
    let facts = try context.reader.creationFacts(
      CreationFactsQuery(
        componentId: componentId, id: checked.isIdGiven ? checked.id : "",
        version: checked.version, branch: checked.branch, countLimit: limit ?? 0))
    if let limit, facts.trackCount >= limit {
      throw DomainError.trackLimitReached(
        componentId: componentId, organizationId: component.organizationId, limit: limit)
    }
    try checkUniqueness(checked, changes, facts)
    let former = facts.latest
    track.endpoints = former?.endpoints.filter { $0.origin == .user } ?? []
    track.configRevision = track.endpoints.isEmpty ? 0 : 1
    let image = try ImportedImage(into: track, changes.component.component, context)
    return plan(track, former, image, changes)
  }

  /// Whether a component of this type can have the track: some types require a version.
  func fits(_ component: Component) -> Bool {
    !apiVersion.isEmpty || !component.type.requiresVersion
  }

  private func tier(of component: ComponentContext) throws(DomainError) -> OrganizationTier {
    switch tier {
    case .success(let tier): tier ?? component.tier
    case .failure(let error):
      throw .subscriptionsUnavailable(organizationId: component.organizationId, error)
    }
  }

  private func checkUniqueness(
    _ checked: Checked, _ changes: TrackChanges, _ facts: CreationFacts
  ) throws(DomainError) {
    if let version = checked.version {
      if let other = facts.twinId {
        throw DomainError.apiVersionExists(
          componentId: componentId, version: version, trackId: other)
      }
    } else {
      try changes.checkUnversionedBranch(checked.branch, facts.twinId)
    }
    if facts.isIdTaken {
      throw DomainError.trackIdExists(componentId: componentId, trackId: checked.id)
    }
  }

  /// The effects: stores the new track, its copied endpoints and its component's image; the former
  /// latest track is the latest no more.
  private func plan(
    _ track: Track, _ former: Track?, _ image: ImportedImage?, _ changes: TrackChanges
  ) -> Plan<Track> {
    let snapshot = Snapshot.encode(track)
    var subject = changes.subject(track.id)
    if let image {
      // Auto-deploy may deploy it at once.
      subject.place = image.subject.place
      subject.reason = image.subject.reason
    }
    return Plan(response: track, encodedResponse: snapshot, changing: subject) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try transaction.insertTrack(track)
      try transaction.setLatestTrack(componentId: track.componentId, trackId: track.id)
      if track.configRevision > 0 {
        try transaction.insertConfigRevision(
          ConfigRevision(
            componentId: track.componentId, trackId: track.id, number: track.configRevision,
            configs: TrackConfigs(endpoints: track.endpoints), createdAt: changes.now,
            actor: changes.actor))
      }
      if let former {
        var revised = changes.revised(former)
        revised.isLatest = false
        try transaction.updateTrack(revised)
        try transaction.appendChange(
          changes.change(.updated, revised, snapshot: Snapshot.encode(revised)))
      }
      try transaction.appendChange(changes.change(.created, track, snapshot: snapshot))
      try image?.apply(transaction)
    }
  }

  /// The new track as the request has it, without the endpoints of the track before.
  func withoutNames(_ track: Track) -> Track {
    var told = track
    told.endpoints = []
    return told
  }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Track {
    try Snapshot.track(bytes)
  }
}
