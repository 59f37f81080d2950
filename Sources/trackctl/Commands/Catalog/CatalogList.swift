import TrackMessages

extension Command {
  static let catalogList = Command(
    CommandSpec(
      path: ["catalog", "list"], summary: "List resources of the catalog by their ids.",
      operands: [
        Operand(
          name: "KIND", help: "what to list", choices: CatalogKind.allCases.map(\.plural),
          takesBothNumbers: true),
        Operand(
          name: "OWNER", help: "the organization of projects, the project of all others",
          isOptional: true, names: .ownerOfKind),
      ],
      flags: [CommonFlags.limit],
      examples: [
        ("trackctl catalog list organizations", "where everything begins"),
        ("trackctl catalog list components shop", "what the project shop has"),
      ])
  ) { arguments, session in
    let kind = CatalogKind.allCases.first { $0.plural == arguments.operands[0] } ?? .organization
    if let parent = kind.parent, arguments.operand(1) == nil {
      throw arguments.usage("\(parent) is missing: whose \(kind.plural)?")
    }
    guard kind.parent != nil || arguments.operand(1) == nil else {
      throw arguments.usage("\(kind.plural) belong to nobody")
    }
    let pages = CatalogPages(
      owner: arguments.operand(1) ?? "", limit: try arguments.count(CommonFlags.limit) ?? .max)
    try await session.connected { try await pages.show(kind, $0, session.output) }
    return .success
  }
}

/// The pages of a list, put together.
private struct CatalogPages {
  let owner: String
  let limit: Int

  func show(_ kind: CatalogKind, _ api: API, _ output: Output) async throws {
    switch kind {
    case .organization: try await organizations(api, output)
    case .project: try await projects(api, output)
    case .component: try await components(api, output)
    case .environment: try await environments(api, output)
    case .pipeline: try await pipelines(api, output)
    }
  }

  private func pageSize(_ count: Int) -> Int32 { Int32(clamping: min(1000, limit - count)) }

  private func organizations(_ api: API, _ output: Output) async throws {
    var request = ListOrganizationsRequest()
    var all = ListOrganizationsResponse()
    repeat {
      request.pageSize = pageSize(all.organizations.count)
      let page = try await api.catalog.listOrganizations(request, options: api.options)
      all.organizations += page.organizations
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty && all.organizations.count < limit
    try output.show(all, table: { Table(all.organizations) })
  }

  private func projects(_ api: API, _ output: Output) async throws {
    var request = ListProjectsRequest()
    request.organizationId = owner
    var all = ListProjectsResponse()
    repeat {
      request.pageSize = pageSize(all.projects.count)
      let page = try await api.catalog.listProjects(request, options: api.options)
      all.projects += page.projects
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty && all.projects.count < limit
    try output.show(all, table: { Table(all.projects) })
  }

  private func components(_ api: API, _ output: Output) async throws {
    var request = ListComponentsRequest()
    request.projectId = owner
    var all = ListComponentsResponse()
    repeat {
      request.pageSize = pageSize(all.components.count)
      let page = try await api.catalog.listComponents(request, options: api.options)
      all.components += page.components
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty && all.components.count < limit
    try output.show(all, table: { Table(all.components) })
  }

  private func environments(_ api: API, _ output: Output) async throws {
    var request = ListEnvironmentsRequest()
    request.projectId = owner
    var all = ListEnvironmentsResponse()
    repeat {
      request.pageSize = pageSize(all.environments.count)
      let page = try await api.catalog.listEnvironments(request, options: api.options)
      all.environments += page.environments
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty && all.environments.count < limit
    try output.show(all, table: { Table(all.environments) })
  }

  private func pipelines(_ api: API, _ output: Output) async throws {
    var request = ListDeploymentPipelinesRequest()
    request.projectId = owner
    var all = ListDeploymentPipelinesResponse()
    repeat {
      request.pageSize = pageSize(all.deploymentPipelines.count)
      let page = try await api.catalog.listDeploymentPipelines(request, options: api.options)
      all.deploymentPipelines += page.deploymentPipelines
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !request.pageToken.isEmpty && all.deploymentPipelines.count < limit
    try output.show(all, table: { Table(all.deploymentPipelines) })
  }
}

extension Table {
  init(_ organizations: [Organization]) {
    self.init(.name("ORGANIZATION"), .name("TIER"))
    for one in organizations { add(one.id, Words.word(one.tier)) }
  }

  init(_ projects: [Project]) {
    self.init(.name("PROJECT"), .name("ORGANIZATION", spared: 1))
    for one in projects { add(one.id, one.organizationId) }
  }

  init(_ components: [Component]) {
    self.init(
      .name("COMPONENT"), .name("TYPE"), .name("IMAGES FROM", spared: 2),
      .text("DEFAULT PIPELINE", spared: 3), .text("REPOSITORY", least: 16, spared: 1))
    for one in components {
      add(
        one.id, Words.word(one.type), Words.word(one.imageSource), one.defaultPipelineId,
        one.repositoryUrl)
    }
  }

  init(_ environments: [Environment]) {
    self.init(
      .name("ENVIRONMENT"), .text("NAME", spared: 1), .text("GITOPS REPOSITORY", spared: 4),
      .text("BRANCH", spared: 3), .text("PATH", least: 12, spared: 2))
    for one in environments {
      add(one.id, one.name, one.gitopsRepositoryUrl, one.gitopsBranch, one.gitopsPath)
    }
  }

  init(_ pipelines: [DeploymentPipeline]) {
    self.init(.name("PIPELINE"), .text("ENVIRONMENTS"))
    for one in pipelines { add(one.id, one.environmentIds.joined(separator: ", ")) }
  }
}
