import TrackDomain

/// A resource names no repository at a place where trackd may not go, as far as its URL tells. What
/// a name's addresses tell is seen when the repository is used.
enum RepositoryHostRules {
  /// Checks a resource whose repository changes. One that keeps its repository may be replaced.
  static func check(
    _ resource: CatalogResource, _ former: CatalogResource?, _ rules: OutboundRules
  ) throws(DomainError) {
    guard let (field, text) = repository(of: resource),
      former.flatMap(repository)?.url != text,
      // A text that is no URL leads nowhere.
      let server = try? RepositoryURL(text, allowsFiles: true).server,
      let refusal = rules.refusal(of: server.host)
    else { return }
    throw .invalid(
      "\(type(of: resource.value).kind.field).\(field)",
      InvalidValue(.repositoryHostNotAllowed, "the host \(refusal)"))
  }

  private static func repository(of resource: CatalogResource) -> (field: String, url: String)? {
    switch resource {
    case .component(let component): ("repository_url", component.repositoryURL)
    case .environment(let environment): ("gitops_repository_url", environment.gitopsRepositoryURL)
    case .organization, .project, .deploymentPipeline: nil
    }
  }
}
