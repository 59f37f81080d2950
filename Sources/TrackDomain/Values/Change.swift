/// One entry of the change log, written in the transaction of the change.
public struct Change: Sendable, Hashable {
  public var kind: ChangeKind
  public var resource: ResourceKind
  public var resourceId: String
  /// The project of the resource; empty for organizations.
  public var projectId: String
  /// The component of the resource; empty for resources outside of components.
  public var componentId: String
  public var at: Timestamp
  public var actor: Principal
  /// As `Snapshot` encodes it: the resource after the change, or before a deletion.
  public var snapshot: [UInt8]

  public init(
    kind: ChangeKind, resource: ResourceKind, resourceId: String, projectId: String,
    componentId: String, at: Timestamp, actor: Principal, snapshot: [UInt8]
  ) {
    self.kind = kind
    self.resource = resource
    self.resourceId = resourceId
    self.projectId = projectId
    self.componentId = componentId
    self.at = at
    self.actor = actor
    self.snapshot = snapshot
  }
}

/// What happened to a resource. The raw values are kept in stores.
public enum ChangeKind: UInt8, Sendable, Hashable, CaseIterable {
  case created = 1
  case updated = 2
  case deleted = 3
}

/// The types of resources whose changes are logged. The raw values are kept in stores.
public enum ResourceKind: UInt8, Sendable, Hashable, CaseIterable {
  case organization = 1
  case project = 2
  case component = 3
  case environment = 4
  case deploymentPipeline = 5
  case deploymentTrack = 6
  case image = 7
  case deployment = 8

  public init(_ kind: CatalogKind) {
    self =
      switch kind {
      case .organization: .organization
      case .project: .project
      case .component: .component
      case .environment: .environment
      case .deploymentPipeline: .deploymentPipeline
      }
  }
}
