import TrackMessages

extension Command {
  static let catalogPut = Command(
    CommandSpec(
      path: ["catalog", "put"], summary: "Create a resource of the catalog, or replace it.",
      details: """
        From flags, or from a file with the whole resource. It replaces: what is not said is empty
        afterwards.
        """,
      operands: [CatalogKind.operand, CatalogKind.id],
      flags: CatalogFlags.all + CommonFlags.mutation,
      examples: [
        ("trackctl catalog put organization acme --tier paid", "who projects belong to"),
        (
          "trackctl catalog put environment dev --project shop --gitops-url https://git.example/ops",
          "a place to deploy into"
        ),
        (
          "trackctl catalog put pipeline main --project shop --environment dev --environment prod",
          "the order of places"
        ),
        (
          "trackctl catalog put component cart --project shop --type service --pipeline main",
          "something to deploy"
        ),
      ])
  ) { arguments, session in
    let kind = CatalogKind(rawValue: arguments.operands[0]) ?? .organization
    try check(arguments, kind)
    switch kind {
    case .organization: try await organization(arguments, session)
    case .project: try await project(arguments, session)
    case .component: try await component(arguments, session)
    case .environment: try await environment(arguments, session)
    case .pipeline: try await pipeline(arguments, session)
    }
    return .success
  }

  /// Flags of other kinds are no use, and none are beside a file.
  private static func check(_ arguments: Arguments, _ kind: CatalogKind) throws(UsageError) {
    let usable =
      arguments.has(CatalogFlags.file) ? [CatalogFlags.file] : CatalogFlags.flags(of: kind)
    for flag in CatalogFlags.all where arguments.has(flag) {
      guard usable.contains(where: { $0.name == flag.name }) else {
        let other = arguments.has(CatalogFlags.file) ? "--file says it all" : "no \(kind) has that"
        throw arguments.usage("--\(flag.name): \(other)")
      }
    }
  }

  /// The id that a file has is empty or that of the command line.
  private static func checkId(_ id: String, _ arguments: Arguments) throws(UsageError) {
    guard id.isEmpty || id == arguments.operands[1] else {
      throw arguments.usage("the file is about '\(id)', not about '\(arguments.operands[1])'")
    }
  }

  private static func organization(_ arguments: Arguments, _ session: Session) async throws {
    var organization = Organization()
    if let file = arguments.text(CatalogFlags.file) {
      organization = try TextFile.message(file, arguments)
      try checkId(organization.id, arguments)
    } else {
      organization.tier = CatalogFlags.value(
        arguments.text(CatalogFlags.tier), "ORGANIZATION_TIER_")
    }
    organization.id = arguments.operands[1]
    var request = PutOrganizationRequest()
    request.organization = organization
    request.requestId = arguments.text(CommonFlags.requestId) ?? ""
    request.validateOnly = arguments.has(CommonFlags.validateOnly)
    let response = try await session.connected { [request] api in
      try await api.catalog.putOrganization(request, options: api.options)
    }
    try session.output.show(response) { response.organization?.fields.text ?? "" }
  }

  private static func project(_ arguments: Arguments, _ session: Session) async throws {
    var project = Project()
    if let file = arguments.text(CatalogFlags.file) {
      project = try TextFile.message(file, arguments)
      try checkId(project.id, arguments)
    } else {
      project.organizationId = arguments.text(CatalogFlags.organization) ?? ""
    }
    project.id = arguments.operands[1]
    var request = PutProjectRequest()
    request.project = project
    request.requestId = arguments.text(CommonFlags.requestId) ?? ""
    request.validateOnly = arguments.has(CommonFlags.validateOnly)
    let response = try await session.connected { [request] api in
      try await api.catalog.putProject(request, options: api.options)
    }
    try session.output.show(response) { response.project?.fields.text ?? "" }
  }

  private static func component(_ arguments: Arguments, _ session: Session) async throws {
    var component = Component()
    if let file = arguments.text(CatalogFlags.file) {
      component = try TextFile.message(file, arguments)
      try checkId(component.id, arguments)
    } else {
      component = try Component(arguments)
    }
    component.id = arguments.operands[1]
    var request = PutComponentRequest()
    request.component = component
    request.requestId = arguments.text(CommonFlags.requestId) ?? ""
    request.validateOnly = arguments.has(CommonFlags.validateOnly)
    let response = try await session.connected { [request] api in
      try await api.catalog.putComponent(request, options: api.options)
    }
    try session.output.show(response) { response.component?.fields.text ?? "" }
  }

  private static func environment(_ arguments: Arguments, _ session: Session) async throws {
    var environment = Environment()
    if let file = arguments.text(CatalogFlags.file) {
      environment = try TextFile.message(file, arguments)
      try checkId(environment.id, arguments)
    } else {
      environment.projectId = arguments.text(CatalogFlags.project) ?? ""
      environment.name = arguments.text(CatalogFlags.name) ?? ""
      environment.gitopsRepositoryUrl = arguments.text(CatalogFlags.gitopsURL) ?? ""
      environment.gitopsBranch = arguments.text(CatalogFlags.gitopsBranch) ?? ""
      environment.gitopsPath = arguments.text(CatalogFlags.gitopsPath) ?? ""
    }
    environment.id = arguments.operands[1]
    var request = PutEnvironmentRequest()
    request.environment = environment
    request.requestId = arguments.text(CommonFlags.requestId) ?? ""
    request.validateOnly = arguments.has(CommonFlags.validateOnly)
    let response = try await session.connected { [request] api in
      try await api.catalog.putEnvironment(request, options: api.options)
    }
    try session.output.show(response) { response.environment?.fields.text ?? "" }
  }

  private static func pipeline(_ arguments: Arguments, _ session: Session) async throws {
    var pipeline = DeploymentPipeline()
    if let file = arguments.text(CatalogFlags.file) {
      pipeline = try TextFile.message(file, arguments)
      try checkId(pipeline.id, arguments)
    } else {
      pipeline.projectId = arguments.text(CatalogFlags.project) ?? ""
      pipeline.environmentIds = arguments.all(CatalogFlags.environment)
    }
    pipeline.id = arguments.operands[1]
    var request = PutDeploymentPipelineRequest()
    request.deploymentPipeline = pipeline
    request.requestId = arguments.text(CommonFlags.requestId) ?? ""
    request.validateOnly = arguments.has(CommonFlags.validateOnly)
    let response = try await session.connected { [request] api in
      try await api.catalog.putDeploymentPipeline(request, options: api.options)
    }
    try session.output.show(response) { response.deploymentPipeline?.fields.text ?? "" }
  }
}

extension Component {
  fileprivate init(_ arguments: Arguments) throws(UsageError) {
    self.init()
    projectId = arguments.text(CatalogFlags.project) ?? ""
    type = CatalogFlags.value(arguments.text(CatalogFlags.type), "COMPONENT_TYPE_")
    imageSource = CatalogFlags.value(arguments.text(CatalogFlags.imageSource), "IMAGE_SOURCE_")
    repositoryUrl = arguments.text(CatalogFlags.repository) ?? ""
    sourcePath = arguments.text(CatalogFlags.sourcePath) ?? ""
    imageRegistry = arguments.text(CatalogFlags.registry) ?? ""
    image = arguments.text(CatalogFlags.image) ?? ""
    autoBuildOnCommit = try arguments.bool(CatalogFlags.autoBuild)
    defaultPipelineId = arguments.text(CatalogFlags.pipeline) ?? ""
  }
}
