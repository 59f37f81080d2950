/// A resource that refers to a resource of the catalog, which therefore cannot be deleted.
public struct ResourceUse: Sendable, Hashable {
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    case project = 1
    case component
    case environment
    case deploymentPipeline
    /// Refers to an environment in which something of it is deployed or held.
    case track
    case image
    /// An unfinished deployment.
    case deployment
  }

  public var kind: Kind
  public var id: String
  /// Set for tracks, images and deployments; else empty.
  public var componentId: String
  /// Set for tracks that have one.
  public var version: APIVersion?

  public init(_ kind: Kind, id: String, componentId: String = "", version: APIVersion? = nil) {
    self.kind = kind
    self.id = id
    self.componentId = componentId
    self.version = version
  }
}

extension ResourceUse: CustomStringConvertible {
  /// The resource as people name it, with its id.
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
