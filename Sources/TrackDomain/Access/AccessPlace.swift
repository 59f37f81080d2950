/// Where something is done, from the outside in. A grant with a scope covers the places that lie in
/// everything that its scope names.
public struct AccessPlace: Sendable, Hashable {
  /// Each is empty where the place has none: a project has no component.
  public var organizationId: String
  public var projectId: String
  public var componentId: String
  public var environmentId: String

  public init(
    organizationId: String = "", projectId: String = "", componentId: String = "",
    environmentId: String = ""
  ) {
    self.organizationId = organizationId
    self.projectId = projectId
    self.componentId = componentId
    self.environmentId = environmentId
  }

  /// Not within any organization: only grants for everything cover it.
  public static let everywhere = AccessPlace()

  /// A component.
  public init(_ component: ComponentContext) {
    self.init(
      organizationId: component.organizationId, projectId: component.component.projectId,
      componentId: component.component.id)
  }

  /// The place of what a component has in that environment, which is one of its project.
  public func into(environmentId: String) -> AccessPlace {
    var place = self
    place.environmentId = environmentId
    return place
  }
}

extension AccessPlace: CustomStringConvertible {
  /// As people name it, from the inside out, as far as errors tell it: the innermost resource.
  public var description: String {
    if !componentId.isEmpty {
      return "component \(componentId)"
        + (environmentId.isEmpty ? "" : " in environment \(environmentId)")
    }
    if !environmentId.isEmpty { return "environment \(environmentId)" }
    if !projectId.isEmpty { return "project \(projectId)" }
    if !organizationId.isEmpty { return "organization \(organizationId)" }
    return "all organizations"
  }
}
