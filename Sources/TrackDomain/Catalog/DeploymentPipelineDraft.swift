/// A deployment pipeline as a caller gives it.
public struct DeploymentPipelineDraft: CatalogDraft {
  /// The most environments that a pipeline may have.
  public static var maximumEnvironments: Int { 50 }

  public var id: String
  public var projectId: String
  public var environmentIds: [String]

  public init(id: String, projectId: String, environmentIds: [String]) {
    self.id = id
    self.projectId = projectId
    self.environmentIds = environmentIds
  }

  public var parentId: String? { projectId }

  public func check(_ violations: inout Violations) -> DeploymentPipeline? {
    let id = identifier("id", id, &violations)
    let projectId = identifier("project_id", projectId, &violations)
    let environments = checkEnvironments(&violations)
    guard let id, let projectId, let environments else { return nil }
    return DeploymentPipeline(id: id, projectId: projectId, environmentIds: environments)
  }

  private func checkEnvironments(_ violations: inout Violations) -> [String]? {
    guard (1...Self.maximumEnvironments).contains(environmentIds.count) else {
      violations.add(
        Self.path("environment_ids"),
        InvalidValue(.invalidResource, "must be 1 to \(Self.maximumEnvironments)"))
      return nil
    }
    var seen: Set<String> = []
    for (index, environmentId) in environmentIds.enumerated() {
      let field = "environment_ids[\(index)]"
      guard identifier(field, environmentId, &violations) != nil else { continue }
      if !seen.insert(environmentId).inserted {
        violations.add(Self.path(field), InvalidValue(.invalidResource, "must be unique"))
      }
    }
    return seen.count == environmentIds.count ? environmentIds : nil
  }

  public func combine(into digest: inout Digest) {
    digest.combine(id)
    digest.combine(projectId)
    digest.combine(UInt64(environmentIds.count))
    for environmentId in environmentIds { digest.combine(environmentId) }
  }
}
