import TrackDomain
import TrackMessages

extension TrackMessages.DeploymentPipeline {
  init(_ pipeline: TrackDomain.DeploymentPipeline) {
    self.init()
    id = pipeline.id
    projectId = pipeline.projectId
    environmentIds = pipeline.environmentIds
    etag = ETag.text(pipeline.resource)
  }
}

extension DeploymentPipelineDraft {
  init(_ message: TrackMessages.DeploymentPipeline) {
    self.init(
      id: message.id, projectId: message.projectId, environmentIds: message.environmentIds)
  }
}
