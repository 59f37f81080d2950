import TrackDomain

/// Where an environment's GitOps repository is.
enum GitOpsPlace: Sendable, Hashable {
  /// trackd's own.
  case embedded
  /// A bare repository of this machine.
  case local(path: String)
  /// Anywhere that `git push` reaches.
  case remote(RepositoryURL)

  /// - Parameter repositoryURL: empty for trackd's own.
  init(_ repositoryURL: String, allowsFiles: Bool) throws(IntegrationError) {
    if repositoryURL.isEmpty {
      self = .embedded
    } else {
      let url = try RepositoryURL(repositoryURL, allowsFiles: allowsFiles)
      self = url.localPath.map { .local(path: $0) } ?? .remote(url)
    }
  }

  /// The branch of a place; nil where none is named.
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
