import Protobuf
import TrackMessages

/// The five kinds of catalog resources.
enum CatalogKind: String, CaseIterable, Sendable {
  case organization, project, component, environment, pipeline

  var plural: String { rawValue + "s" }

  /// The field of messages that holds a resource of this kind.
  var field: String { self == .pipeline ? "deployment_pipeline" : rawValue }

  /// The owner whose resources a list holds; nil when there is one list of all.
  var parent: String? {
    switch self {
    case .organization: nil
    case .project: "ORGANIZATION"
    case .component, .environment, .pipeline: "PROJECT"
    }
  }

  static let operand = Operand(
    name: "KIND", help: "what it is", choices: allCases.map(\.rawValue), takesBothNumbers: true)
  static let id = Operand(name: "ID", help: "its id", names: .ofKind)
}

extension API {
  /// Organization and project of a component.
  func owners(of component: String) async throws -> (organization: String, project: String) {
    let component = Component(try await Component.get(component, self))
    let project = Project(try await Project.get(component.projectId, self))
    return (project.organizationId, component.projectId)
  }
}
