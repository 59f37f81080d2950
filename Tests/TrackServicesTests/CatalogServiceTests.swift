import Protobuf
import RPC
import Testing
import TrackMessages

@Suite(.timeLimit(.minutes(2))) struct CatalogServiceTests {
  @Test func `keeps every field of every resource`() async throws {
    try await Connection.fresh { (connection) async throws in
      let catalog = connection.catalog
      let environment = TrackMessages.Environment.with {
        $0.id = "dev"
        $0.projectId = "shop"
        $0.name = "Development"
        $0.gitopsRepositoryUrl = "https://git.example.com/deploy.git"
        $0.gitopsBranch = "main"
        $0.gitopsPath = "clusters/dev"
      }
      let pipeline = TrackMessages.DeploymentPipeline.with {
        $0.id = "line"
        $0.projectId = "shop"
        $0.environmentIds = ["dev"]
      }
      let component = TrackMessages.Component.with {
        $0.id = "web"
        $0.projectId = "shop"
        $0.type = .webApp
        $0.imageSource = .registry
        $0.repositoryUrl = "https://git.example.com/web.git"
        $0.sourcePath = "web"
        $0.imageRegistry = "registry.example.com/shop"
        $0.image = "web:1"
        $0.autoBuildOnCommit = false
        $0.defaultPipelineId = "line"
      }
      _ = try await catalog.putEnvironment(.with { $0.environment = environment })
      _ = try await catalog.putDeploymentPipeline(.with { $0.deploymentPipeline = pipeline })
      _ = try await catalog.putComponent(.with { $0.component = component })
      var place = try await catalog.getEnvironment(.with { $0.environmentId = "dev" }).environment
      var order = try await catalog.getDeploymentPipeline(
        .with { $0.deploymentPipelineId = "line" }
      ).deploymentPipeline
      var stored = try await catalog.getComponent(.with { $0.componentId = "web" }).component
      let etags = [place?.etag, order?.etag, stored?.etag]
      #expect(Set(etags).count == 3 && etags.allSatisfy { $0?.count == 34 })
      place?.etag = ""
      order?.etag = ""
      stored?.etag = ""
      #expect(place == environment && order == pipeline && stored == component)
      #expect(
        try await catalog.getProject(.with { $0.projectId = "shop" }).project?.organizationId
          == "acme")
      #expect(
        try await catalog.getOrganization(.with { $0.organizationId = "acme" }).organization?.tier
          == .paid)
    }
  }

  @Test(arguments: [TrackMessages.ComponentType.service, .webApp, .task, .apiProxy])
  func `knows every type of component`(type: TrackMessages.ComponentType) async throws {
    try await Connection.fresh { (connection) async throws in
      let put = try await connection.catalog.putComponent(
        .with {
          $0.component = .with {
            $0.id = "new"
            $0.projectId = "shop"
            $0.type = type
          }
        })
      #expect(put.component?.type == type)
      #expect(put.component?.imageSource == .build)
      #expect(put.component?.autoBuildOnCommit == nil)
    }
  }

  @Test func `lists what is in a parent`() async throws {
    try await Connection.fresh { (connection) async throws in
      let catalog = connection.catalog
      for id in ["dev", "prod"] {
        _ = try await catalog.putEnvironment(
          .with {
            $0.environment = .with {
              $0.id = id
              $0.projectId = "shop"
            }
          })
      }
      _ = try await catalog.putDeploymentPipeline(
        .with {
          $0.deploymentPipeline = .with {
            $0.id = "line"
            $0.projectId = "shop"
            $0.environmentIds = ["prod", "dev"]
          }
        })
      #expect(
        try await catalog.listOrganizations(ListOrganizationsRequest()).organizations.map(\.id)
          == ["acme"])
      #expect(
        try await catalog.listProjects(.with { $0.organizationId = "acme" }).projects.map(\.id)
          == ["shop"])
      #expect(
        try await catalog.listComponents(.with { $0.projectId = "shop" }).components.map(\.id)
          == ["cart"])
      let page = try await catalog.listEnvironments(
        .with {
          $0.projectId = "shop"
          $0.pageSize = 1
        })
      #expect(page.environments.map(\.id) == ["dev"])
      let rest = try await catalog.listEnvironments(
        .with {
          $0.projectId = "shop"
          $0.pageToken = page.nextPageToken
        })
      #expect(rest.environments.map(\.id) == ["prod"])
      #expect(rest.nextPageToken.isEmpty)
      #expect(
        try await catalog.listDeploymentPipelines(.with { $0.projectId = "shop" })
          .deploymentPipelines.map(\.environmentIds) == [["prod", "dev"]])
    }
  }

  @Test func `deletes from the leaves up`() async throws {
    try await Connection.fresh { (connection) async throws in
      let catalog = connection.catalog
      try await expectRefusal(.failedPrecondition, "PROJECT_IN_USE") {
        try await catalog.deleteProject(.with { $0.projectId = "shop" })
      }
      _ = try await catalog.putEnvironment(
        .with {
          $0.environment = .with {
            $0.id = "dev"
            $0.projectId = "shop"
          }
        })
      _ = try await catalog.putDeploymentPipeline(
        .with {
          $0.deploymentPipeline = .with {
            $0.id = "line"
            $0.projectId = "shop"
            $0.environmentIds = ["dev"]
          }
        })
      try await expectRefusal(.failedPrecondition, "ENVIRONMENT_IN_USE") {
        try await catalog.deleteEnvironment(.with { $0.environmentId = "dev" })
      }
      _ = try await catalog.deleteDeploymentPipeline(.with { $0.deploymentPipelineId = "line" })
      _ = try await catalog.deleteEnvironment(.with { $0.environmentId = "dev" })
      _ = try await catalog.deleteComponent(.with { $0.componentId = "cart" })
      _ = try await catalog.deleteProject(.with { $0.projectId = "shop" })
      _ = try await catalog.deleteOrganization(.with { $0.organizationId = "acme" })
      try await expectRefusal(.notFound, "ORGANIZATION_NOT_FOUND") {
        try await catalog.getOrganization(.with { $0.organizationId = "acme" })
      }
    }
  }

  @Test func `refuses requests without a resource or an id`() async throws {
    try await Connection.fresh { (connection) async throws in
      let refusal = try await expectRefusal(.invalidArgument, "INVALID_ID") {
        try await connection.catalog.putComponent(PutComponentRequest())
      }
      #expect(refusal.fields == ["component.id", "component.project_id", "component.type"])
      try await expectRefusal(.invalidArgument, "INVALID_ID") {
        try await connection.catalog.deleteOrganization(DeleteOrganizationRequest())
      }
      try await expectRefusal(.invalidArgument, "INVALID_RESOURCE") {
        try await connection.catalog.putOrganization(
          .with {
            $0.organization = .with {
              $0.id = "new"
              $0.tier = .unrecognized(7)
            }
          })
      }
    }
  }
}
