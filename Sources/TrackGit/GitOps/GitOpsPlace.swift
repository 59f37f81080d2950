import TrackDomain

/// Where an environment's GitOps repository is.
enum GitOpsPlace: Sendable, Hashable {
  /// trackd's own.
  case embedded
  /// A bare repository of this machine.
  case local(path: String)
  /// Anywhere that `git push` reaches.
  case remote(RepositoryURL)

  init(_ environment: Environment, allowsFiles: Bool) throws(IntegrationError) {
    if environment.gitopsRepositoryURL.isEmpty {
      self = .embedded
    } else {
      let url = try RepositoryURL(environment.gitopsRepositoryURL, allowsFiles: allowsFiles)
      self = url.localPath.map { .local(path: $0) } ?? .remote(url)
    }
  }

  /// The branch of an environment.
  static func branch(of environment: Environment) throws(IntegrationError) -> String {
    let branch = environment.gitopsBranch
    if branch.isEmpty { return "main" }
    do {
      try GitOpsBranch.check(branch)
    } catch {
      throw IntegrationError(.invalid, "the GitOps branch \(error.description)")
    }
    return branch
  }
}

extension GitOpsPlace: CustomStringConvertible {
  /// For logs; no credentials.
  var description: String {
    switch self {
    case .embedded: "gitops.git"
    case .local(let path): path
    case .remote(let url): url.text
    }
  }
}
