public import TrackDomain

/// The request to save what a build produced. The token for the registry is not part of it.
public struct SaveTrackImage: Sendable {
  public var organizationId: String
  public var projectId: String
  public var componentId: String
  /// Empty: the image is unversioned.
  public var trackId: String
  public var images: [ContainerImage]
  public var commitHash: String
  public var committedAt: Timestamp?
  /// CI's own commit in a GitOps repository; may be empty.
  public var gitopsHash: String
  public var runId: String
  /// The environment for auto-deploy; empty for the first of the default pipeline.
  public var environmentId: String
  public var apiDefinitionPath: String
  public var ports: [Int32]
  /// URL-encoded; for unversioned images only.
  public var branch: String
  public var options: MutationOptions
  /// The repository's answers about the commits that matter.
  var order = CommitOrder()
  /// The build service's answer about the build; nil where it is unknown.
  var build: BuildStatus?

  public init(
    organizationId: String, projectId: String, componentId: String, trackId: String = "",
    images: [ContainerImage], commitHash: String = "", committedAt: Timestamp? = nil,
    gitopsHash: String = "", runId: String, environmentId: String = "",
    apiDefinitionPath: String = "", ports: [Int32] = [], branch: String = "",
    options: MutationOptions = MutationOptions()
  ) {
    self.organizationId = organizationId
    self.projectId = projectId
    self.componentId = componentId
    self.trackId = trackId
    self.images = images
    self.commitHash = commitHash
    self.committedAt = committedAt
    self.gitopsHash = gitopsHash
    self.runId = runId
    self.environmentId = environmentId
    self.apiDefinitionPath = apiDefinitionPath
    self.ports = ports
    self.branch = branch
    self.options = options
  }
}

extension SaveTrackImage: Mutation {
  /// The fields that the rules write in another form than the caller.
  struct Checked: Sendable {
    var images: [ContainerImage]
    var commitHash = ""
    var gitopsHash = ""
    var branch = ""
  }

  var method: RequestMethod { .saveDeploymentTrackImage }

  func combine(into digest: inout Digest) {
    for text in [
      organizationId, projectId, componentId, trackId, commitHash, gitopsHash, runId,
      environmentId, apiDefinitionPath, branch,
    ] { digest.combine(text) }
    digest.combine(UInt64(images.count))
    for image in images {
      digest.combine(image.name)
      digest.combine(image.reference)
      digest.combine(image.digest)
    }
    digest.combine(committedAt != nil)
    digest.combine(UInt64(bitPattern: committedAt?.microseconds ?? 0))
    digest.combine(UInt64(ports.count))
    for port in ports { digest.combine(UInt64(bitPattern: Int64(port))) }
  }

  var namedComponentId: String? { componentId }

  func plan(_ checked: Checked, _ context: PlanContext) throws -> Plan<SavedImage> {
    try checkCommitTime(now: context.now)
    let changes = ImageChanges(context, component: try ownedComponent(context))
    let component = changes.component.component
    if commitHash.isEmpty, component.imageSource == .build {
      throw DomainError.commitRequired(componentId: componentId)
    }
    let facts = try context.reader.saveFacts(query(checked))
    let track = try track(facts, context)
    if let saved = facts.saved { return try replay(saved, checked, context.reader) }
    let image = image(checked, changes)
    if let track {
      let autoDeploy = autoDeploy(track, facts, changes.component, context)
      return changes.plan(image, autoDeploy.decide(image), replacing: facts.replaced)
    }
    return changes.plan(image, AutoDeploy.Decision(.unversioned), replacing: [])
  }

  /// What the store is asked for.
  func query(_ checked: Checked) -> SaveFactsQuery {
    SaveFactsQuery(
      componentId: componentId, trackId: trackId, runId: runId, commitHash: checked.commitHash,
      environmentId: environmentId, replacedLimit: ImageChanges.maximumReplaced)
  }

  /// The track of the image; nil for an unversioned one.
  func track(_ facts: SaveFacts, _ context: PlanContext) throws(DomainError) -> Track? {
    if trackId.isEmpty { return nil }
    return try TrackChanges(context, componentId: componentId)
      .existing(trackId, etag: "", facts.track)
  }

  func autoDeploy(
    _ track: Track, _ facts: SaveFacts, _ component: ComponentContext, _ context: PlanContext
  ) -> AutoDeploy {
    let acceptance = DeploymentAcceptance(
      context, component: component, track: track,
      DeploymentFactsQuery(
        componentId: componentId, trackId: trackId, environmentId: environmentId),
      facts.deployment ?? DeploymentFacts())
    return AutoDeploy(
      acceptance, rivals: facts.rivals, order, build: build,
      refusal: refusal(into: acceptance.facts.environment, of: component, context.access))
  }

  /// The image that the run saved before, if the request saves the same image references.
  private func replay(
    _ saved: TrackImage, _ checked: Checked, _ reader: any StoreReader
  ) throws -> Plan<SavedImage> {
    guard ImageRules.areSame(saved.images, checked.images) else {
      throw DomainError.runIdConflict(runId: runId, imageId: saved.id)
    }
    return Plan(
      response: try SavedImage(saved, reader), encodedResponse: Snapshot.encode(saved))
  }

  func image(_ checked: Checked, _ changes: ImageChanges) -> TrackImage {
    TrackImage(
      id: UniqueID.random().description, componentId: componentId, trackId: trackId,
      savedTrackId: trackId, branch: checked.branch, images: checked.images,
      commitHash: checked.commitHash, committedAt: committedAt, gitopsHash: checked.gitopsHash,
      runId: runId, apiDefinitionPath: apiDefinitionPath, ports: ports, createdAt: changes.now,
      updatedAt: changes.now, createdBy: changes.actor.name)
  }

  /// Why nothing was deployed in words without names; of deployments, one into the environment that
  /// the request names.
  func withoutNames(_ response: SavedImage) -> SavedImage {
    var told = response
    told.deployedIn = []
    if told.deployment?.environmentId != environmentId { told.deployment = nil }
    let reason = ErrorReason(rawValue: told.image.autoDeploy.reason)
    if reason?.namesOnlyTheRequest != true { told.image.autoDeploy.message = "" }
    return told
  }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> SavedImage {
    try SavedImage(Snapshot.image(bytes), reader)
  }
}
