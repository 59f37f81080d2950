import TrackMessages

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

  static func table(_ resources: [Self]) -> Table {
    var table = Table(.name("PIPELINE"), .text("ENVIRONMENTS"))
    for one in resources { table.add(one.id, one.environmentIds.joined(separator: ", ")) }
    return table
  }

  static func get(_ id: String, _ api: API) async throws -> GetDeploymentPipelineResponse {
    var request = GetDeploymentPipelineRequest()
    request.deploymentPipelineId = id
    return try await api.catalog.getDeploymentPipeline(request, options: api.options)
  }

  static func list(_ place: CatalogPlace, _ api: API) async throws
    -> ListDeploymentPipelinesResponse
  {
    var request = ListDeploymentPipelinesRequest()
    request.projectId = place.owner
    request.pageSize = place.size
    request.pageToken = place.token
    return try await api.catalog.listDeploymentPipelines(request, options: api.options)
  }

  func put(_ arguments: Arguments, _ api: API) async throws -> PutDeploymentPipelineResponse {
    var request = PutDeploymentPipelineRequest()
    request.deploymentPipeline = self
    request.takeMutationFlags(arguments)
    return try await api.catalog.putDeploymentPipeline(request, options: api.options)
  }

  static func delete(
    _ id: String, _ arguments: Arguments, _ api: API
  ) async throws -> DeleteDeploymentPipelineResponse {
    var request = DeleteDeploymentPipelineRequest()
    request.deploymentPipelineId = id
    request.takeMutationFlags(arguments)
    return try await api.catalog.deleteDeploymentPipeline(request, options: api.options)
  }

  init(_ response: GetDeploymentPipelineResponse) { self = response.deploymentPipeline ?? Self() }
  init(_ response: PutDeploymentPipelineResponse) { self = response.deploymentPipeline ?? Self() }

  var response: PutDeploymentPipelineResponse {
    var response = PutDeploymentPipelineResponse()
    response.deploymentPipeline = self
    return response
  }
}

extension ListDeploymentPipelinesResponse: CatalogPage {
  var resources: [DeploymentPipeline] {
    get { deploymentPipelines }
    set { deploymentPipelines = newValue }
  }
}
