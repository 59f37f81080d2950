/// An environment as a caller gives it.
public struct EnvironmentDraft: CatalogDraft {
  public var id: String
  public var projectId: String
  /// Empty means the id.
  public var name: String
  public var gitopsRepositoryURL: String
  public var gitopsBranch: String
  public var gitopsPath: String

  public init(
    id: String, projectId: String, name: String = "", gitopsRepositoryURL: String = "",
    gitopsBranch: String = "", gitopsPath: String = ""
  ) {
    self.id = id
    self.projectId = projectId
    self.name = name
    self.gitopsRepositoryURL = gitopsRepositoryURL
    self.gitopsBranch = gitopsBranch
    self.gitopsPath = gitopsPath
  }

  public var parentId: String? { projectId }

  public func check(_ violations: inout Violations) -> Environment? {
    let id = identifier("id", id, &violations)
    let projectId = identifier("project_id", projectId, &violations)
    let name = text("name", name, .short, &violations)
    let url = text("gitops_repository_url", gitopsRepositoryURL, .url, &violations)
    let branch = violations.collect(Self.path("gitops_branch")) { () throws(InvalidValue) in
      if !gitopsBranch.isEmpty { try GitOpsBranch.check(gitopsBranch) }
      return gitopsBranch
    }
    let path = violations.collect(Self.path("gitops_path")) { () throws(InvalidValue) in
      try GitOpsFolder.check(gitopsPath)
      return gitopsPath
    }
    guard let id, let projectId, let name, let url, let branch, let path else { return nil }
    return Environment(
      id: id, projectId: projectId, name: name.isEmpty ? id : name, gitopsRepositoryURL: url,
      gitopsBranch: branch, gitopsPath: path)
  }

  public func combine(into digest: inout Digest) {
    digest.combine(id)
    digest.combine(projectId)
    digest.combine(name)
    digest.combine(gitopsRepositoryURL)
    digest.combine(gitopsBranch)
    digest.combine(gitopsPath)
  }
}
