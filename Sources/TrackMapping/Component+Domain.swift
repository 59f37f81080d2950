package import TrackDomain
package import TrackMessages

extension TrackMessages.Component {
  package init(_ component: TrackDomain.Component) {
    self.init()
    id = component.id
    projectId = component.projectId
    type =
      switch component.type {
      case .service: .service
      case .webApp: .webApp
      case .task: .task
      case .apiProxy: .apiProxy
      }
    imageSource =
      switch component.imageSource {
      case .build: .build
      case .registry: .registry
      }
    repositoryUrl = component.repositoryURL
    sourcePath = component.sourcePath
    imageRegistry = component.imageRegistry
    image = component.image
    autoBuildOnCommit = component.autoBuildOnCommit
    defaultPipelineId = component.defaultPipelineId
    etag = ETag.text(component.resource)
  }
}
