import Protobuf
import TrackMessages

/// The five kinds of catalog resources.
enum CatalogKind: String, CaseIterable, Sendable {
  case organization, project, component, environment, pipeline

  var plural: String { rawValue + "s" }

  /// What a list of them is asked of; nil for all there are.
  var parent: String? {
    switch self {
    case .organization: nil
    case .project: "ORGANIZATION"
    case .component, .environment, .pipeline: "PROJECT"
    }
  }

  static let operand = Operand(
    name: "KIND", help: "what it is", choices: allCases.map(\.rawValue))
  static let id = Operand(name: "ID", help: "its id")
}

extension API {
  /// Organization and project of a component.
  func owners(of component: String) async throws -> (organization: String, project: String) {
    var request = GetComponentRequest()
    request.componentId = component
    let found = try await catalog.getComponent(request, options: options).component
    var owner = GetProjectRequest()
    owner.projectId = found?.projectId ?? ""
    let project = try await catalog.getProject(owner, options: options).project
    return (project?.organizationId ?? "", owner.projectId)
  }
}

// How resources of the catalog read to people.

extension Organization {
  var fields: FieldList {
    var list = FieldList()
    list.add("organization", id)
    list.add("tier", Words.word(tier))
    return list
  }
}

extension Project {
  var fields: FieldList {
    var list = FieldList()
    list.add("project", id)
    list.add("organization", organizationId)
    return list
  }
}

extension Component {
  var fields: FieldList {
    var list = FieldList()
    list.add("component", id)
    list.add("project", projectId)
    list.add("type", Words.word(type))
    list.add("images from", Words.word(imageSource))
    list.add("repository", repositoryUrl)
    list.add("source path", sourcePath)
    list.add("registry", imageRegistry)
    list.add("image", image)
    list.add("automatic builds", autoBuildOnCommit.map { $0 ? "on" : "off" } ?? "")
    list.add("default pipeline", defaultPipelineId)
    return list
  }
}

extension Environment {
  var fields: FieldList {
    var list = FieldList()
    list.add("environment", id)
    list.add("project", projectId)
    list.add("name", name)
    list.add("GitOps repository", gitopsRepositoryUrl)
    list.add("GitOps branch", gitopsBranch)
    list.add("GitOps path", gitopsPath)
    return list
  }
}

extension DeploymentPipeline {
  var fields: FieldList {
    var list = FieldList()
    list.add("pipeline", id)
    list.add("project", projectId)
    list.add("environments", environmentIds.joined(separator: ", "))
    return list
  }
}
