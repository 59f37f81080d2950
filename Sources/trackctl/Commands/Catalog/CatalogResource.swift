import Protobuf
import TrackMessages

/// What the commands of the catalog want to know of a resource, whatever its kind.
protocol CatalogResource: Message {
  associatedtype PutResponse: Message
  static var kind: CatalogKind { get }
  var id: String { get set }
  var etag: String { get set }
  /// How it reads to people.
  var fields: FieldList { get }

  /// Sets what the flags name, and leaves the rest.
  mutating func apply(_ arguments: Arguments) throws(UsageError)

  /// - Throws: an `RPCError` with NOT_FOUND when there is none.
  static func get(_ id: String, _ api: API) async throws -> Self
  func put(_ options: CatalogPutOptions, _ api: API) async throws -> PutResponse
  init(_ response: PutResponse)
  /// The answer of a put that changed nothing.
  var response: PutResponse { get }
}

/// What all puts have beside the resource.
struct CatalogPutOptions {
  let requestId: String
  let validateOnly: Bool

  init(_ arguments: Arguments) {
    requestId = arguments.text(CommonFlags.requestId) ?? ""
    validateOnly = arguments.has(CommonFlags.validateOnly)
  }
}

extension Organization: CatalogResource {
  static var kind: CatalogKind { .organization }

  var fields: FieldList {
    var list = FieldList()
    list.add("organization", id)
    list.add("tier", Words.word(tier))
    list.add("etag", etag)
    return list
  }

  mutating func apply(_ arguments: Arguments) throws(UsageError) {
    if let word = arguments.text(CatalogFlags.tier) {
      tier = CatalogFlags.value(word, "ORGANIZATION_TIER_")
    }
  }

  static func get(_ id: String, _ api: API) async throws -> Self {
    var request = GetOrganizationRequest()
    request.organizationId = id
    return try await api.catalog.getOrganization(request, options: api.options).organization
      ?? Self()
  }

  func put(_ options: CatalogPutOptions, _ api: API) async throws -> PutOrganizationResponse {
    var request = PutOrganizationRequest()
    request.organization = self
    request.requestId = options.requestId
    request.validateOnly = options.validateOnly
    return try await api.catalog.putOrganization(request, options: api.options)
  }

  init(_ response: PutOrganizationResponse) { self = response.organization ?? Self() }

  var response: PutOrganizationResponse {
    var response = PutOrganizationResponse()
    response.organization = self
    return response
  }
}

extension Project: CatalogResource {
  static var kind: CatalogKind { .project }

  var fields: FieldList {
    var list = FieldList()
    list.add("project", id)
    list.add("organization", organizationId)
    list.add("etag", etag)
    return list
  }

  mutating func apply(_ arguments: Arguments) throws(UsageError) {
    if let owner = arguments.text(CatalogFlags.organization) { organizationId = owner }
  }

  static func get(_ id: String, _ api: API) async throws -> Self {
    var request = GetProjectRequest()
    request.projectId = id
    return try await api.catalog.getProject(request, options: api.options).project ?? Self()
  }

  func put(_ options: CatalogPutOptions, _ api: API) async throws -> PutProjectResponse {
    var request = PutProjectRequest()
    request.project = self
    request.requestId = options.requestId
    request.validateOnly = options.validateOnly
    return try await api.catalog.putProject(request, options: api.options)
  }

  init(_ response: PutProjectResponse) { self = response.project ?? Self() }

  var response: PutProjectResponse {
    var response = PutProjectResponse()
    response.project = self
    return response
  }
}

extension Component: CatalogResource {
  static var kind: CatalogKind { .component }

  var fields: FieldList {
    var list = FieldList()
    list.add("component", id)
    list.add("project", projectId)
    list.add("type", Words.word(type))
    list.add("images from", Words.word(imageSource))
    list.add("repository", repositoryUrl)
    list.add("source path", sourcePath)
    list.add("registry", imageRegistry)
    list.add("image", image)
    list.add("automatic builds", autoBuildOnCommit.map { $0 ? "on" : "off" } ?? "")
    list.add("default pipeline", defaultPipelineId)
    list.add("etag", etag)
    return list
  }

  mutating func apply(_ arguments: Arguments) throws(UsageError) {
    let texts: [(Flag, WritableKeyPath<Self, String>)] = [
      (CatalogFlags.project, \.projectId), (CatalogFlags.repository, \.repositoryUrl),
      (CatalogFlags.sourcePath, \.sourcePath), (CatalogFlags.registry, \.imageRegistry),
      (CatalogFlags.image, \.image), (CatalogFlags.pipeline, \.defaultPipelineId),
    ]
    for (flag, field) in texts {
      if let text = arguments.text(flag) { self[keyPath: field] = text }
    }
    if let word = arguments.text(CatalogFlags.type) {
      type = CatalogFlags.value(word, "COMPONENT_TYPE_")
    }
    if let word = arguments.text(CatalogFlags.imageSource) {
      // None is what it was before anybody said.
      imageSource = word.isEmpty ? .build : CatalogFlags.value(word, "IMAGE_SOURCE_")
    }
    if let word = arguments.text(CatalogFlags.autoBuild) {
      autoBuildOnCommit = word.isEmpty ? nil : try arguments.bool(CatalogFlags.autoBuild)
    }
  }

  static func get(_ id: String, _ api: API) async throws -> Self {
    var request = GetComponentRequest()
    request.componentId = id
    return try await api.catalog.getComponent(request, options: api.options).component ?? Self()
  }

  func put(_ options: CatalogPutOptions, _ api: API) async throws -> PutComponentResponse {
    var request = PutComponentRequest()
    request.component = self
    request.requestId = options.requestId
    request.validateOnly = options.validateOnly
    return try await api.catalog.putComponent(request, options: api.options)
  }

  init(_ response: PutComponentResponse) { self = response.component ?? Self() }

  var response: PutComponentResponse {
    var response = PutComponentResponse()
    response.component = self
    return response
  }
}

extension Environment: CatalogResource {
  static var kind: CatalogKind { .environment }

  var fields: FieldList {
    var list = FieldList()
    list.add("environment", id)
    list.add("project", projectId)
    list.add("name", name)
    list.add("GitOps repository", gitopsRepositoryUrl)
    list.add("GitOps branch", gitopsBranch)
    list.add("GitOps path", gitopsPath)
    list.add("etag", etag)
    return list
  }

  mutating func apply(_ arguments: Arguments) throws(UsageError) {
    if let owner = arguments.text(CatalogFlags.project) { projectId = owner }
    // None is the id again.
    if let text = arguments.text(CatalogFlags.name) { name = text.isEmpty ? id : text }
    if let text = arguments.text(CatalogFlags.gitopsPath) {
      gitopsPath = text.isEmpty ? id : text
    }
    var moves = false
    if let url = arguments.text(CatalogFlags.gitopsURL) {
      moves = url != gitopsRepositoryUrl
      gitopsRepositoryUrl = url
    }
    try applyBranch(arguments, moves: moves)
  }

  /// - Parameter moves: to what may be another repository, which has a HEAD of its own: trackd
  ///   knows, and takes a branch that is empty for "as it is there".
  private mutating func applyBranch(_ arguments: Arguments, moves: Bool) throws(UsageError) {
    guard let branch = arguments.text(CatalogFlags.gitopsBranch) else {
      if moves { gitopsBranch = "" }
      return
    }
    guard !branch.isEmpty || gitopsBranch.isEmpty || moves else {
      throw arguments.usage(
        "--\(CatalogFlags.gitopsBranch.name): the environment keeps '\(gitopsBranch)' as long as "
          + "its repository is the same: name another branch")
    }
    gitopsBranch = branch
  }

  static func get(_ id: String, _ api: API) async throws -> Self {
    var request = GetEnvironmentRequest()
    request.environmentId = id
    return try await api.catalog.getEnvironment(request, options: api.options).environment ?? Self()
  }

  func put(_ options: CatalogPutOptions, _ api: API) async throws -> PutEnvironmentResponse {
    var request = PutEnvironmentRequest()
    request.environment = self
    request.requestId = options.requestId
    request.validateOnly = options.validateOnly
    return try await api.catalog.putEnvironment(request, options: api.options)
  }

  init(_ response: PutEnvironmentResponse) { self = response.environment ?? Self() }

  var response: PutEnvironmentResponse {
    var response = PutEnvironmentResponse()
    response.environment = self
    return response
  }
}

extension DeploymentPipeline: CatalogResource {
  static var kind: CatalogKind { .pipeline }

  var fields: FieldList {
    var list = FieldList()
    list.add("pipeline", id)
    list.add("project", projectId)
    list.add("environments", environmentIds.joined(separator: ", "))
    list.add("etag", etag)
    return list
  }

  mutating func apply(_ arguments: Arguments) throws(UsageError) {
    if let owner = arguments.text(CatalogFlags.project) { projectId = owner }
    if arguments.has(CatalogFlags.environment) {
      environmentIds = arguments.all(CatalogFlags.environment).filter { !$0.isEmpty }
    }
  }

  static func get(_ id: String, _ api: API) async throws -> Self {
    var request = GetDeploymentPipelineRequest()
    request.deploymentPipelineId = id
    return try await api.catalog.getDeploymentPipeline(request, options: api.options)
      .deploymentPipeline ?? Self()
  }

  func put(
    _ options: CatalogPutOptions, _ api: API
  ) async throws -> PutDeploymentPipelineResponse {
    var request = PutDeploymentPipelineRequest()
    request.deploymentPipeline = self
    request.requestId = options.requestId
    request.validateOnly = options.validateOnly
    return try await api.catalog.putDeploymentPipeline(request, options: api.options)
  }

  init(_ response: PutDeploymentPipelineResponse) { self = response.deploymentPipeline ?? Self() }

  var response: PutDeploymentPipelineResponse {
    var response = PutDeploymentPipelineResponse()
    response.deploymentPipeline = self
    return response
  }
}
