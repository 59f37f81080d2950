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

extension ComponentDraft {
  package init(_ message: TrackMessages.Component) {
    self.init(
      id: message.id, projectId: message.projectId, type: message.type.value,
      imageSource: message.imageSource.value, repositoryURL: message.repositoryUrl,
      sourcePath: message.sourcePath, imageRegistry: message.imageRegistry, image: message.image,
      autoBuildOnCommit: message.autoBuildOnCommit, defaultPipelineId: message.defaultPipelineId)
  }
}

extension TrackMessages.ComponentType {
  /// Nil for an unspecified or unknown type.
  package var value: TrackDomain.ComponentType? {
    switch self {
    case .service: .service
    case .webApp: .webApp
    case .task: .task
    case .apiProxy: .apiProxy
    case .unspecified, .unrecognized: nil
    }
  }
}

extension TrackMessages.ImageSource {
  /// BUILD when unspecified; nil for an unknown source.
  package var value: TrackDomain.ImageSource? {
    switch self {
    case .unspecified, .build: .build
    case .registry: .registry
    case .unrecognized: nil
    }
  }
}
