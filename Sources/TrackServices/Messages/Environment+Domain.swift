import TrackDomain
import TrackMessages

extension EnvironmentDraft {
  init(_ message: TrackMessages.Environment) {
    self.init(
      id: message.id, projectId: message.projectId, name: message.name,
      gitopsRepositoryURL: message.gitopsRepositoryUrl, gitopsBranch: message.gitopsBranch,
      gitopsPath: message.gitopsPath)
  }
}
