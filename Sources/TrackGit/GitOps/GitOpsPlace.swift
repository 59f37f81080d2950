import TrackDomain

/// The location of an environment's GitOps repository.
enum GitOpsPlace: Sendable, Hashable {
  /// trackd's own repository.
  case embedded
  /// A local bare repository.
  case local(path: String)
  /// A repository that `git push` reaches.
  case remote(RepositoryURL)

  /// - Parameter repositoryURL: empty for trackd's own repository.
  init(_ repositoryURL: String, allowsFiles: Bool) throws(IntegrationError) {
    if repositoryURL.isEmpty {
      self = .embedded
    } else {
      let url = try RepositoryURL(repositoryURL, allowsFiles: allowsFiles)
      self = url.localPath.map { .local(path: $0) } ?? .remote(url)
    }
  }

  /// The branch of a place; nil when the place names none.
  static func branch(_ branch: String) throws(IntegrationError) -> String? {
    if branch.isEmpty { return nil }
    do {
      try GitOpsBranch.check(branch)
    } catch {
      throw IntegrationError(.invalid, "the GitOps branch \(error.description)")
    }
    return branch
  }
}

extension GitOpsPlace {
  /// An error about the repository itself, extended by which repository it is and who has to act.
  func explained(_ error: IntegrationError) -> IntegrationError {
    let advice: String
    switch (error.kind, self) {
    case (.locked, .embedded): advice = "trackd removes it once it is ten seconds old"
    case (.locked, .local): advice = "if no git process works there, remove that file"
    case (.locked, .remote): advice = "if no git process works there, its server has to remove it"
    case (.damaged, .embedded):
      advice = "git fsck says what else is; mend it, or put a backup of it back"
    case (.damaged, _): advice = "git fsck there says what else is; mend it, or put a backup back"
    default: return error
    }
    let name = self == .embedded ? "gitops.git in trackd's data folder" : "the GitOps repository"
    return IntegrationError(
      error.kind, "\(name): \(error.message). trackd tries again; \(advice)",
      retryAfter: error.retryAfter)
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
