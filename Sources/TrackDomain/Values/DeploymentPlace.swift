/// The place of deployments: a folder on a branch of a repository.
public struct DeploymentPlace: Sendable, Hashable {
  /// Empty for trackd's own repository.
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

/// A place where a track has, or had, a deployment into an environment.
public struct PlacedDeployment: Sendable, Hashable {
  public var environmentId: String
  public var place: DeploymentPlace

  public init(environmentId: String, place: DeploymentPlace) {
    self.environmentId = environmentId
    self.place = place
  }
}

extension Environment {
  /// The place of its deployments. The branch is empty until the environment names one, or a
  /// deployment was published.
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
