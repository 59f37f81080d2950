import RPC
import TrackDomain
import TrackMessages

extension AccessCase {
  private typealias Catalog = CatalogServiceMethods

  static let organizations: [AccessCase] = [
    AccessCase(
      Catalog.putOrganization, [.administer], GrantedScope.organizations, .denied
    ) {
      _ = try await $0.catalog.putOrganization(
        .with {
          $0.organization = .with {
            $0.id = "acme"
            $0.tier = .paid
          }
          $0.validateOnly = true
        }, options: $1)
    },
    AccessCase(
      Catalog.getOrganization, [.read], GrantedScope.organizations,
      .missing("ORGANIZATION_NOT_FOUND")
    ) {
      _ = try await $0.catalog.getOrganization(.with { $0.organizationId = "acme" }, options: $1)
    },
    AccessCase(
      Catalog.listOrganizations, [.read], GrantedScope.organizations, .filtered
    ) {
      let found = try await $0.catalog.listOrganizations(ListOrganizationsRequest(), options: $1)
      if !found.organizations.contains(where: { $0.id == "acme" }) { throw NotListed() }
    },
    AccessCase(
      Catalog.deleteOrganization, [.administer], GrantedScope.organizations,
      .missing("ORGANIZATION_NOT_FOUND")
    ) {
      _ = try await $0.catalog.deleteOrganization(
        .with {
          $0.organizationId = "acme"
          $0.validateOnly = true
        }, options: $1)
    },
  ]

  static let projects: [AccessCase] = [
    AccessCase(Catalog.putProject, [.administer], GrantedScope.projects, .denied) {
      _ = try await $0.catalog.putProject(
        .with {
          $0.project = .with {
            $0.id = "shop"
            $0.organizationId = "acme"
          }
          $0.validateOnly = true
        }, options: $1)
    },
    AccessCase(
      Catalog.putProject, "new", [.administer], GrantedScope.organizations, .denied
    ) {
      _ = try await $0.catalog.putProject(
        .with {
          $0.project = .with {
            $0.id = "new"
            $0.organizationId = "acme"
          }
          $0.validateOnly = true
        }, options: $1)
    },
    AccessCase(
      Catalog.getProject, [.read], GrantedScope.projects, .missing("PROJECT_NOT_FOUND")
    ) { _ = try await $0.catalog.getProject(.with { $0.projectId = "shop" }, options: $1) },
    AccessCase(
      Catalog.listProjects, [.read], GrantedScope.projects,
      knownIn: GrantedScope.organizations, .filtered
    ) {
      let found = try await $0.catalog.listProjects(
        .with { $0.organizationId = "acme" }, options: $1)
      if !found.projects.contains(where: { $0.id == "shop" }) { throw NotListed() }
    },
    AccessCase(
      Catalog.deleteProject, [.administer], GrantedScope.projects, .missing("PROJECT_NOT_FOUND")
    ) {
      _ = try await $0.catalog.deleteProject(
        .with {
          $0.projectId = "shop"
          $0.validateOnly = true
        }, options: $1)
    },
  ]

  static let components: [AccessCase] = [
    AccessCase(Catalog.putComponent, [.administer], GrantedScope.components, .denied) {
      _ = try await $0.catalog.putComponent(component("cart"), options: $1)
    },
    AccessCase(Catalog.putComponent, "new", [.administer], GrantedScope.projects, .denied) {
      _ = try await $0.catalog.putComponent(component("new"), options: $1)
    },
    AccessCase(Catalog.getComponent, [.read], GrantedScope.components) {
      _ = try await $0.catalog.getComponent(.with { $0.componentId = "cart" }, options: $1)
    },
    AccessCase(
      Catalog.listComponents, [.read], GrantedScope.components,
      knownIn: GrantedScope.projects, .filtered
    ) {
      let found = try await $0.catalog.listComponents(
        .with { $0.projectId = "shop" }, options: $1)
      if !found.components.contains(where: { $0.id == "cart" }) { throw NotListed() }
    },
    AccessCase(Catalog.deleteComponent, [.administer], GrantedScope.components) {
      _ = try await $0.catalog.deleteComponent(
        .with {
          $0.componentId = "cart"
          $0.validateOnly = true
        }, options: $1)
    },
  ]

  private static func component(_ id: String) -> PutComponentRequest {
    .with {
      $0.component = .with {
        $0.id = id
        $0.projectId = "shop"
        $0.type = .service
        $0.autoBuildOnCommit = true
        $0.defaultPipelineId = "main"
      }
      $0.validateOnly = true
    }
  }

  static let environments: [AccessCase] = [
    AccessCase(Catalog.putEnvironment, [.administer], GrantedScope.projects, .denied) {
      _ = try await $0.catalog.putEnvironment(environment("dev"), options: $1)
    },
    AccessCase(Catalog.putEnvironment, "new", [.administer], GrantedScope.projects, .denied) {
      _ = try await $0.catalog.putEnvironment(environment("new"), options: $1)
    },
    AccessCase(
      Catalog.getEnvironment, [.read], GrantedScope.environments,
      .missing("ENVIRONMENT_NOT_FOUND")
    ) { _ = try await $0.catalog.getEnvironment(.with { $0.environmentId = "dev" }, options: $1) },
    AccessCase(
      Catalog.listEnvironments, [.read], GrantedScope.environments,
      knownIn: GrantedScope.projects, .filtered
    ) {
      let found = try await $0.catalog.listEnvironments(
        .with { $0.projectId = "shop" }, options: $1)
      if !found.environments.contains(where: { $0.id == "dev" }) { throw NotListed() }
    },
    AccessCase(
      Catalog.deleteEnvironment, [.administer], GrantedScope.projects,
      knownIn: GrantedScope.environments, .missing("ENVIRONMENT_NOT_FOUND")
    ) {
      _ = try await $0.catalog.deleteEnvironment(
        .with {
          $0.environmentId = "dev"
          $0.validateOnly = true
        }, options: $1)
    },
  ]

  private static func environment(_ id: String) -> PutEnvironmentRequest {
    .with {
      $0.environment = .with {
        $0.id = id
        $0.projectId = "shop"
        $0.name = id
      }
      $0.validateOnly = true
    }
  }

  static let pipelines: [AccessCase] = [
    AccessCase(Catalog.putDeploymentPipeline, [.administer], GrantedScope.projects, .denied) {
      _ = try await $0.catalog.putDeploymentPipeline(
        .with {
          $0.deploymentPipeline = .with {
            $0.id = "main"
            $0.projectId = "shop"
            $0.environmentIds = ["dev"]
          }
          $0.validateOnly = true
        }, options: $1)
    },
    AccessCase(
      Catalog.getDeploymentPipeline, [.read], GrantedScope.projects,
      .missing("DEPLOYMENT_PIPELINE_NOT_FOUND")
    ) {
      _ = try await $0.catalog.getDeploymentPipeline(
        .with { $0.deploymentPipelineId = "main" }, options: $1)
    },
    AccessCase(
      Catalog.listDeploymentPipelines, [.read], GrantedScope.projects, .filtered
    ) {
      let found = try await $0.catalog.listDeploymentPipelines(
        .with { $0.projectId = "shop" }, options: $1)
      if !found.deploymentPipelines.contains(where: { $0.id == "main" }) { throw NotListed() }
    },
    AccessCase(
      Catalog.deleteDeploymentPipeline, [.administer], GrantedScope.projects,
      .missing("DEPLOYMENT_PIPELINE_NOT_FOUND")
    ) {
      _ = try await $0.catalog.deleteDeploymentPipeline(
        .with {
          $0.deploymentPipelineId = "main"
          $0.validateOnly = true
        }, options: $1)
    },
  ]

  /// Every RPC of the services.
  static let all: [AccessCase] =
    reads + changes + organizations + projects + components + environments + pipelines + audits
}

/// A list does not have what the case looks for.
struct NotListed: Error {}
