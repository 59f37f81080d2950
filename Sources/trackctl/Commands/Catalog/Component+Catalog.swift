import TrackMessages

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
      // An empty value resets it to the default.
      imageSource = word.isEmpty ? .build : CatalogFlags.value(word, "IMAGE_SOURCE_")
    }
    if let word = arguments.text(CatalogFlags.autoBuild) {
      autoBuildOnCommit = word.isEmpty ? nil : try arguments.bool(CatalogFlags.autoBuild)
    }
  }

  static func table(_ resources: [Self]) -> Table {
    var table = Table(
      .name("COMPONENT"), .name("TYPE"), .name("IMAGES FROM", spared: 2),
      .text("DEFAULT PIPELINE", spared: 3), .text("REPOSITORY", least: 16, spared: 1))
    for one in resources {
      table.add(
        one.id, Words.word(one.type), Words.word(one.imageSource), one.defaultPipelineId,
        one.repositoryUrl)
    }
    return table
  }

  static func get(_ id: String, _ api: API) async throws -> GetComponentResponse {
    var request = GetComponentRequest()
    request.componentId = id
    return try await api.catalog.getComponent(request, options: api.options)
  }

  static func list(_ place: CatalogPlace, _ api: API) async throws -> ListComponentsResponse {
    var request = ListComponentsRequest()
    request.projectId = place.owner
    request.pageSize = place.size
    request.pageToken = place.token
    return try await api.catalog.listComponents(request, options: api.options)
  }

  func put(_ arguments: Arguments, _ api: API) async throws -> PutComponentResponse {
    var request = PutComponentRequest()
    request.component = self
    request.takeMutationFlags(arguments)
    return try await api.catalog.putComponent(request, options: api.options)
  }

  static func delete(
    _ id: String, _ arguments: Arguments, _ api: API
  ) async throws -> DeleteComponentResponse {
    var request = DeleteComponentRequest()
    request.componentId = id
    request.takeMutationFlags(arguments)
    return try await api.catalog.deleteComponent(request, options: api.options)
  }

  init(_ response: GetComponentResponse) { self = response.component ?? Self() }
  init(_ response: PutComponentResponse) { self = response.component ?? Self() }

  var response: PutComponentResponse {
    var response = PutComponentResponse()
    response.component = self
    return response
  }
}

extension ListComponentsResponse: CatalogPage {
  var resources: [Component] {
    get { components }
    set { components = newValue }
  }
}
