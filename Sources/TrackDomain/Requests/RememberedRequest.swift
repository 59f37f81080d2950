/// A request that succeeded, with its response.
public struct RememberedRequest: Sendable, Hashable {
  public var key: RequestKey
  /// Of the decoded request without its id.
  public var digest: Digest
  /// As `Snapshot` encodes it.
  public var response: [UInt8]
  public var at: Timestamp

  public init(key: RequestKey, digest: Digest, response: [UInt8], at: Timestamp) {
    self.key = key
    self.digest = digest
    self.response = response
    self.at = at
  }
}

/// The key under which a request is remembered.
public struct RequestKey: Sendable, Hashable {
  /// The scope of the actor's request ids (`Principal.requestScope`).
  public var caller: String
  public var method: RequestMethod
  public var id: UniqueID

  public init(caller: String, method: RequestMethod, id: UniqueID) {
    self.caller = caller
    self.method = method
    self.id = id
  }
}

/// The methods that remember requests. The raw values are kept in stores.
public enum RequestMethod: UInt8, Sendable, Hashable, CaseIterable {
  case createDeploymentTrack = 1
  case updateDeploymentTrack = 2
  case deleteDeploymentTrack = 3
  case updateDeploymentTrackConfigs = 4
  case saveDeploymentTrackImage = 5
  case deployDeploymentTrack = 6
  case rollBackDeploymentTrack = 7
  case cancelDeployment = 8
  case resumeAutoDeploy = 9
  case applyComponentConfig = 10
  case putOrganization = 20
  case deleteOrganization = 21
  case putProject = 22
  case deleteProject = 23
  case putComponent = 24
  case deleteComponent = 25
  case putEnvironment = 26
  case deleteEnvironment = 27
  case putDeploymentPipeline = 28
  case deleteDeploymentPipeline = 29
}
