package import TrackDomain
package import TrackMessages

extension TrackMessages.Environment {
  package init(_ environment: TrackDomain.Environment) {
    self.init()
    id = environment.id
    projectId = environment.projectId
    name = environment.name
    gitopsRepositoryUrl = environment.gitopsRepositoryURL
    gitopsBranch = environment.gitopsBranch
    gitopsPath = environment.gitopsPath
    etag = ETag.text(environment.resource)
  }
}
