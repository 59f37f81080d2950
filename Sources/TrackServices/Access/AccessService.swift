public import RPC
import TrackAccess
public import TrackController
import TrackDomain
public import TrackMessages

/// `deploymenttrack.v1.AccessService`: tells callers of themselves.
public struct AccessService: AccessServiceServer {
  private let catalog: CatalogController
  private let access: CallerAccess

  public init(_ catalog: CatalogController, access: CallerAccess) {
    self.catalog = catalog
    self.access = access
  }

  public func whoAmI(
    _ request: WhoAmIRequest, context: ServerContext
  ) async throws -> WhoAmIResponse {
    var response = WhoAmIResponse()
    response.principal = context.caller.principal
    response.groups = context.caller.groups
    guard let rights = access.access(context).rights as? CallerRights else { return response }
    response.policyInForce = true
    response.roles = rights.grants.map { grant in
      var role = GrantedRole()
      role.role = grant.role
      role.verbs = grant.verbs.verbs.map { TrackMessages.Verb($0) }
      role.scope = "\(grant.scope)"
      return role
    }.sorted { ($0.role, $0.scope) < ($1.role, $1.scope) }
    return response
  }

  public func checkAccess(
    _ request: CheckAccessRequest, context: ServerContext
  ) async throws -> CheckAccessResponse {
    try await answering {
      guard let verb = TrackDomain.Verb(request.verb) else {
        throw DomainError.invalid(
          "verb", InvalidValue(.invalidResource, "must be one of the verbs"))
      }
      let place = AccessPlace(
        organizationId: request.organizationId, projectId: request.projectId,
        componentId: request.componentId, environmentId: request.environmentId)
      let limited = catalog.limited(to: access.access(context))
      var response = CheckAccessResponse()
      do {
        try await limited.check(verb, at: place)
        response.allowed = true
      } catch let error as DomainError where error.kind == .permissionDenied {
        response.explanation = error.message
      }
      return response
    }
  }
}
