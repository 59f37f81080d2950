/// Where deployments are put: a folder on a branch of a repository.
public struct DeploymentPlace: Sendable, Hashable {
  /// Empty for trackd's own.
  public var repositoryURL: String
  public var branch: String
  /// The environment's folder.
  public var path: String

  public init(repositoryURL: String, branch: String, path: String) {
    self.repositoryURL = repositoryURL
    self.branch = branch
    self.path = path
  }
}

/// What a track has, or had, in one place for one environment.
public struct PlacedDeployment: Sendable, Hashable {
  public var environmentId: String
  public var place: DeploymentPlace

  public init(environmentId: String, place: DeploymentPlace) {
    self.environmentId = environmentId
    self.place = place
  }
}

extension Environment {
  /// Where its deployments go. The branch is empty while none is named and nothing was published.
  public var place: DeploymentPlace {
    get {
      DeploymentPlace(repositoryURL: gitopsRepositoryURL, branch: gitopsBranch, path: gitopsPath)
    }
    set {
      gitopsRepositoryURL = newValue.repositoryURL
      gitopsBranch = newValue.branch
      gitopsPath = newValue.path
    }
  }
}
