import TrackDomain
import TrackMessages

extension TrackMessages.Project {
  init(_ project: TrackDomain.Project) {
    self.init()
    id = project.id
    organizationId = project.organizationId
    etag = ETag.text(project.resource)
  }
}

extension ProjectDraft {
  init(_ message: TrackMessages.Project) {
    self.init(id: message.id, organizationId: message.organizationId)
  }
}
