/// One entry of the change log, written in the transaction of the change.
public struct Change: Sendable, Hashable {
  public var kind: ChangeKind
  public var resource: ResourceKind
  public var resourceId: String
  /// The project it concerns; empty for organizations.
  public var projectId: String
  /// The component it concerns; empty for resources outside of components.
  public var componentId: String
  public var at: Timestamp
  public var actor: Actor
  /// The resource after the change, before it for a deletion, as `Snapshot` encodes it.
  public var snapshot: [UInt8]

  public init(
    kind: ChangeKind, resource: ResourceKind, resourceId: String, projectId: String,
    componentId: String, at: Timestamp, actor: Actor, snapshot: [UInt8]
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
