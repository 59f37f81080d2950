package import TrackDomain
package import TrackMessages

extension TrackMessages.Organization {
  package init(_ organization: TrackDomain.Organization) {
    self.init()
    id = organization.id
    tier =
      switch organization.tier {
      case .free: .free
      case .paid: .paid
      }
    etag = ETag.text(organization.resource)
  }
}

extension OrganizationDraft {
  package init(_ message: TrackMessages.Organization) {
    let tier: TrackDomain.OrganizationTier? =
      switch message.tier {
      case .free: .free
      case .paid: .paid
      case .unspecified, .unrecognized: nil
      }
    self.init(id: message.id, tier: tier)
  }
}

extension TrackMessages.Project {
  package init(_ project: TrackDomain.Project) {
    self.init()
    id = project.id
    organizationId = project.organizationId
    etag = ETag.text(project.resource)
  }
}

extension ProjectDraft {
  package init(_ message: TrackMessages.Project) {
    self.init(id: message.id, organizationId: message.organizationId)
  }
}

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

extension EnvironmentDraft {
  package init(_ message: TrackMessages.Environment) {
    self.init(
      id: message.id, projectId: message.projectId, name: message.name,
      gitopsRepositoryURL: message.gitopsRepositoryUrl, gitopsBranch: message.gitopsBranch,
      gitopsPath: message.gitopsPath)
  }
}

extension TrackMessages.DeploymentPipeline {
  package init(_ pipeline: TrackDomain.DeploymentPipeline) {
    self.init()
    id = pipeline.id
    projectId = pipeline.projectId
    environmentIds = pipeline.environmentIds
    etag = ETag.text(pipeline.resource)
  }
}

extension DeploymentPipelineDraft {
  package init(_ message: TrackMessages.DeploymentPipeline) {
    self.init(
      id: message.id, projectId: message.projectId, environmentIds: message.environmentIds)
  }
}
