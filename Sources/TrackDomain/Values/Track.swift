/// A deployment track: one API version line of a component, fed by one Git branch.
public struct Track: Sendable, Hashable {
  /// Unique in the component; never changes.
  public var id: String
  /// Never changes.
  public var componentId: String
  /// Nil only for components that are not services. Never changes.
  public var version: APIVersion?
  /// Decoded; empty when the track is unlinked.
  public var branch: String
  public var description: String
  public var autoDeployEnabled: Bool
  /// Derived: whether the component's row points to this track.
  public var isLatest: Bool
  /// Sorted by name.
  public var endpoints: [Endpoint]
  /// 0 without a configuration; grows by one with each change of it.
  public var configRevision: Int32
  /// Starts at 1; grows by one with every visible change, `isLatest` included. See `ETag`.
  public var revision: Int64
  public var createdAt: Timestamp
  /// Changes with `revision`.
  public var updatedAt: Timestamp
  /// The name of the actor that created it; may be empty.
  public var createdBy: String

  public init(
    id: String, componentId: String, version: APIVersion?, branch: String, description: String,
    autoDeployEnabled: Bool, isLatest: Bool, endpoints: [Endpoint], configRevision: Int32,
    revision: Int64, createdAt: Timestamp, updatedAt: Timestamp, createdBy: String
  ) {
    self.id = id
    self.componentId = componentId
    self.version = version
    self.branch = branch
    self.description = description
    self.autoDeployEnabled = autoDeployEnabled
    self.isLatest = isLatest
    self.endpoints = endpoints
    self.configRevision = configRevision
    self.revision = revision
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.createdBy = createdBy
  }
}
