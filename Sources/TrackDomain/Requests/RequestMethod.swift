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
