import TrackMessages

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

  static func table(_ resources: [Self]) -> Table {
    var table = Table(.name("PROJECT"), .name("ORGANIZATION", spared: 1))
    for one in resources { table.add(one.id, one.organizationId) }
    return table
  }

  static func get(_ id: String, _ api: API) async throws -> GetProjectResponse {
    var request = GetProjectRequest()
    request.projectId = id
    return try await api.catalog.getProject(request, options: api.options)
  }

  static func list(_ place: CatalogPlace, _ api: API) async throws -> ListProjectsResponse {
    var request = ListProjectsRequest()
    request.organizationId = place.owner
    request.pageSize = place.size
    request.pageToken = place.token
    return try await api.catalog.listProjects(request, options: api.options)
  }

  func put(_ arguments: Arguments, _ api: API) async throws -> PutProjectResponse {
    var request = PutProjectRequest()
    request.project = self
    request.takeMutationFlags(arguments)
    return try await api.catalog.putProject(request, options: api.options)
  }

  static func delete(
    _ id: String, _ arguments: Arguments, _ api: API
  ) async throws -> DeleteProjectResponse {
    var request = DeleteProjectRequest()
    request.projectId = id
    request.takeMutationFlags(arguments)
    return try await api.catalog.deleteProject(request, options: api.options)
  }

  init(_ response: GetProjectResponse) { self = response.project ?? Self() }
  init(_ response: PutProjectResponse) { self = response.project ?? Self() }

  var response: PutProjectResponse {
    var response = PutProjectResponse()
    response.project = self
    return response
  }
}

extension ListProjectsResponse: CatalogPage {
  var resources: [Project] {
    get { projects }
    set { projects = newValue }
  }
}
