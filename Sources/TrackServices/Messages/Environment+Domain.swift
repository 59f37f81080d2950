import TrackDomain
import TrackMessages

extension TrackMessages.Environment {
  init(_ environment: TrackDomain.Environment) {
    self.init()
    id = environment.id
    projectId = environment.projectId
    name = environment.name
    gitopsRepositoryUrl = environment.gitopsRepositoryURL
    gitopsBranch = environment.gitopsBranch
    gitopsPath = environment.gitopsPath
  }
}

extension EnvironmentDraft {
  init(_ message: TrackMessages.Environment) {
    self.init(
      id: message.id, projectId: message.projectId, name: message.name,
      gitopsRepositoryURL: message.gitopsRepositoryUrl, gitopsBranch: message.gitopsBranch,
      gitopsPath: message.gitopsPath)
  }
}
