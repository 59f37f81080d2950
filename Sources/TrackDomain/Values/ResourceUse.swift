/// Something that refers to a resource of the catalog, which therefore cannot be deleted.
public struct ResourceUse: Sendable, Hashable {
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    case project = 1
    case component
    case environment
    case deploymentPipeline
    /// Of an environment: something is deployed or held there.
    case track
    case image
    /// One that has not ended.
    case deployment
  }

  public var kind: Kind
  public var id: String
  /// Of tracks, images and deployments; else empty.
  public var componentId: String
  /// Of tracks that have one.
  public var version: APIVersion?

  public init(_ kind: Kind, id: String, componentId: String = "", version: APIVersion? = nil) {
    self.kind = kind
    self.id = id
    self.componentId = componentId
    self.version = version
  }
}

extension ResourceUse: CustomStringConvertible {
  /// What people say, with its id.
  public var description: String {
    switch kind {
    case .project: "project \(id)"
    case .component: "component \(id)"
    case .environment: "environment \(id)"
    case .deploymentPipeline: "deployment pipeline \(id)"
    case .track:
      "deployment track \(version.map { "\($0) (\(id))" } ?? id) of component \(componentId)"
    case .image: "image \(id) of component \(componentId)"
    case .deployment: "unfinished deployment \(id) of component \(componentId)"
    }
  }
}
