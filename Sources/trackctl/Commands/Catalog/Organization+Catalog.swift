import TrackMessages

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

  static func table(_ resources: [Self]) -> Table {
    var table = Table(.name("ORGANIZATION"), .name("TIER"))
    for one in resources { table.add(one.id, Words.word(one.tier)) }
    return table
  }

  static func get(_ id: String, _ api: API) async throws -> GetOrganizationResponse {
    var request = GetOrganizationRequest()
    request.organizationId = id
    return try await api.catalog.getOrganization(request, options: api.options)
  }

  static func list(_ place: CatalogPlace, _ api: API) async throws -> ListOrganizationsResponse {
    var request = ListOrganizationsRequest()
    request.pageSize = place.size
    request.pageToken = place.token
    return try await api.catalog.listOrganizations(request, options: api.options)
  }

  func put(_ arguments: Arguments, _ api: API) async throws -> PutOrganizationResponse {
    var request = PutOrganizationRequest()
    request.organization = self
    request.takeMutationFlags(arguments)
    return try await api.catalog.putOrganization(request, options: api.options)
  }

  static func delete(
    _ id: String, _ arguments: Arguments, _ api: API
  ) async throws -> DeleteOrganizationResponse {
    var request = DeleteOrganizationRequest()
    request.organizationId = id
    request.takeMutationFlags(arguments)
    return try await api.catalog.deleteOrganization(request, options: api.options)
  }

  init(_ response: GetOrganizationResponse) { self = response.organization ?? Self() }
  init(_ response: PutOrganizationResponse) { self = response.organization ?? Self() }

  var response: PutOrganizationResponse {
    var response = PutOrganizationResponse()
    response.organization = self
    return response
  }
}

extension ListOrganizationsResponse: CatalogPage {
  var resources: [Organization] {
    get { organizations }
    set { organizations = newValue }
  }
}
