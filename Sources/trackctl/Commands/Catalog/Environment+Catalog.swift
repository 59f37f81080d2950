import TrackMessages

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
    // An empty value resets it to the id.
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

  /// - Parameter moves: the repository may be another one now, with a HEAD of its own. trackd
  ///   compares the URLs, and takes an empty branch for "unchanged" where they name the same
  ///   repository.
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

  static func table(_ resources: [Self]) -> Table {
    var table = Table(
      .name("ENVIRONMENT"), .text("NAME", spared: 1), .text("GITOPS REPOSITORY", spared: 4),
      .text("BRANCH", spared: 3), .text("PATH", least: 12, spared: 2))
    for one in resources {
      table.add(one.id, one.name, one.gitopsRepositoryUrl, one.gitopsBranch, one.gitopsPath)
    }
    return table
  }

  static func get(_ id: String, _ api: API) async throws -> GetEnvironmentResponse {
    var request = GetEnvironmentRequest()
    request.environmentId = id
    return try await api.catalog.getEnvironment(request, options: api.options)
  }

  static func list(_ place: CatalogPlace, _ api: API) async throws -> ListEnvironmentsResponse {
    var request = ListEnvironmentsRequest()
    request.projectId = place.owner
    request.pageSize = place.size
    request.pageToken = place.token
    return try await api.catalog.listEnvironments(request, options: api.options)
  }

  func put(_ arguments: Arguments, _ api: API) async throws -> PutEnvironmentResponse {
    var request = PutEnvironmentRequest()
    request.environment = self
    request.takeMutationFlags(arguments)
    return try await api.catalog.putEnvironment(request, options: api.options)
  }

  static func delete(
    _ id: String, _ arguments: Arguments, _ api: API
  ) async throws -> DeleteEnvironmentResponse {
    var request = DeleteEnvironmentRequest()
    request.environmentId = id
    request.takeMutationFlags(arguments)
    return try await api.catalog.deleteEnvironment(request, options: api.options)
  }

  init(_ response: GetEnvironmentResponse) { self = response.environment ?? Self() }
  init(_ response: PutEnvironmentResponse) { self = response.environment ?? Self() }

  var response: PutEnvironmentResponse {
    var response = PutEnvironmentResponse()
    response.environment = self
    return response
  }
}

extension ListEnvironmentsResponse: CatalogPage {
  var resources: [Environment] {
    get { environments }
    set { environments = newValue }
  }
}
