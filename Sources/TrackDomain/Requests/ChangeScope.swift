/// The resources that a watch covers.
public enum ChangeScope: Sendable, Hashable {
  case all
  case project(String)
  case component(String)

  /// The scope as errors about rights name it.
  public var place: AccessPlace {
    switch self {
    case .all: .everywhere
    case .project(let id): AccessPlace(projectId: id)
    case .component(let id): AccessPlace(componentId: id)
    }
  }

  /// Whether a change is in the scope.
  public func contains(_ change: Change) -> Bool {
    switch self {
    case .all: true
    case .project(let id): change.projectId == id
    case .component(let id): change.componentId == id
    }
  }
}
