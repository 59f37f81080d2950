import TrackDomain

/// Runs the calls that change something: checks request ids, keeps the order of checks, and makes
/// check-only calls.
struct MutationRunner: Sendable {
  /// What is the same for all callers: there is a runner for each call, which is cheap to copy.
  private final class Shared: Sendable {
    let store: any TrackStore
    let now: @Sendable () -> Timestamp
    let hasOwnGitOps: Bool

    init(_ store: any TrackStore, _ now: @escaping @Sendable () -> Timestamp, _ hasOwnGitOps: Bool)
    {
      self.store = store
      self.now = now
      self.hasOwnGitOps = hasOwnGitOps
    }
  }

  private let shared: Shared
  /// What the caller may do.
  var access = Access.unrestricted
  var origin = CallOrigin()

  /// - Parameter hasOwnGitOps: whether environments without a repository have one of trackd's own.
  init(
    store: any TrackStore, now: @escaping @Sendable () -> Timestamp, hasOwnGitOps: Bool = true
  ) { shared = Shared(store, now, hasOwnGitOps) }

  var store: any TrackStore { shared.store }

  func now() -> Timestamp { shared.now() }

  private var hasOwnGitOps: Bool { shared.hasOwnGitOps }

  /// Runs `mutation` for `actor`.
  ///
  /// The order is: the form of the request id, the rights of the caller, a remembered request, the
  /// form of the request, and then what `Mutation.plan` checks. A request of the wrong form that
  /// nobody has made before is told so, whatever the rights are. Throws `DomainError`, `StoreError`
  /// and `CancellationError`.
  func run<Call: Mutation>(_ mutation: Call, by actor: Principal) async throws -> Call.Response {
    try await telling(mutation) {
      let identity = try identity(of: mutation, by: actor)
      let checked: Call.Checked
      do {
        checked = try mutation.check()
      } catch {
        if let identity, let response = try await remembered(identity, mutation) {
          return response
        }
        throw error
      }
      if let response = try await admitted(mutation, identity) { return response }
      return try await run(mutation, checked, identity, by: actor)
    }
  }

  private func run<Call: Mutation>(
    _ mutation: Call, _ checked: Call.Checked, _ identity: Identity?, by actor: Principal
  ) async throws -> Call.Response {
    let (access, requestId) = (access, mutation.options.requestId)
    let (time, id) = (now(), mutation.namedComponentId)
    if mutation.options.validateOnly {
      return try await store.read { reader in
        let check = AccessCheck(access: access, reader: reader)
        try mutation.authorize(check)
        let context = PlanContext(
          reader: reader, component: try id.flatMap(reader.component), now: time, actor: actor,
          access: check.access, hasOwnGitOps: hasOwnGitOps)
        return try told(try mutation.plan(checked, context).response, of: mutation, check)
      }
    }
    return try await store.write(id.map { .component($0) } ?? .catalog) { transaction in
      let check = AccessCheck(access: access, reader: transaction)
      // Again, because what decides may have changed: the resources, and the policy.
      if let response = try admit(mutation, identity, check) { return response }
      if let identity, let response = try replay(identity, mutation, check) { return response }
      let context = PlanContext(
        reader: transaction, component: try id.flatMap(transaction.component), now: time,
        actor: actor, access: check.access, hasOwnGitOps: hasOwnGitOps)
      let plan = try mutation.plan(checked, context)
      try plan.apply(transaction)
      if let subject = plan.subject {
        try record(
          subject, of: "\(mutation.method)", by: actor, requestId: requestId, at: time, transaction)
      }
      if let identity {
        try transaction.rememberRequest(
          RememberedRequest(
            key: identity.key, digest: identity.digest, response: plan.encodedResponse, at: time))
      }
      return try told(plan.response, of: mutation, check)
    }
  }

  // MARK: Rights

  /// Refuses a caller who may not make the call, before anything else is done for it.
  func authorize(_ mutation: some Mutation) async throws {
    _ = try await admitted(mutation, nil)
  }

  private func admitted<Call: Mutation>(
    _ mutation: Call, _ identity: Identity?
  ) async throws -> Call.Response? {
    guard access.isRestricted else { return nil }
    return try await store.read { [access] reader in
      try admit(mutation, identity, AccessCheck(access: access, reader: reader))
    }
  }

  /// Refuses a caller who may not make the call.
  ///
  /// - Returns: the response to the same request of the same caller, when what decides on their
  ///   right is gone since, or is another one that they may not know of. That it was remembered
  ///   proves that they had the right. It says what they were told already, whatever has the id by
  ///   now, and goes to who still has the verb for anything at all.
  private func admit<Call: Mutation>(
    _ mutation: Call, _ identity: Identity?, _ check: AccessCheck
  ) throws -> Call.Response? {
    do {
      try mutation.authorize(check)
      return nil
    } catch let error as DomainError where error.kind == .notFound {
      guard mutation.removesItsResource, check.access.allowsAnywhere, let identity,
        let request = try check.reader.request(identity.key), request.digest == identity.digest
      else { throw error }
      return try response(request, mutation, check)
    }
  }

  // MARK: Names

  /// Runs `body`, which works for a call, with errors as the caller may know them: without names
  /// for who may not read what the call is about.
  func telling<Response>(
    _ mutation: some Mutation, _ body: () async throws -> Response
  ) async throws -> Response {
    do {
      return try await body()
    } catch let error as DomainError where access.isRestricted && !error.namesOnlyTheRequest {
      throw try await mayRead(mutation, organizationId: error.metadata["organization"])
        ? error : error.withoutNames
    }
  }

  /// Whether the caller may read what a call is about, and may know of the organization.
  func mayRead(_ mutation: some Mutation, organizationId: String? = nil) async throws -> Bool {
    guard access.isRestricted else { return true }
    return try await store.read { [access] reader in
      let check = AccessCheck(access: access, reader: reader)
      if let organizationId, !check.access.knows(AccessPlace(organizationId: organizationId)) {
        return false
      }
      return try mutation.mayRead(check)
    }
  }

  /// `response` as the caller may know it.
  private func told<Call: Mutation>(
    _ response: Call.Response, of mutation: Call, _ check: AccessCheck
  ) throws -> Call.Response {
    if !check.access.isRestricted { return response }
    return try mutation.mayRead(check) ? response : mutation.withoutNames(response)
  }

  // MARK: Request ids

  private struct Identity: Sendable {
    let key: RequestKey
    let digest: Digest
  }

  /// Nil without a request id, and for check-only calls.
  private func identity(
    of mutation: some Mutation, by actor: Principal
  ) throws(DomainError) -> Identity? {
    if mutation.options.validateOnly { return nil }
    let id = try valid("request_id") { () throws(InvalidValue) in
      try RequestID.parse(mutation.options.requestId)
    }
    guard let id else { return nil }
    var digest = Digest()
    mutation.combine(into: &digest)
    return Identity(
      key: RequestKey(caller: actor.requestScope, method: mutation.method, id: id), digest: digest)
  }

  /// The response to an earlier request with the same id, for calls that ask other systems before
  /// they run; nil for a new request, and for check-only calls. Refuses a caller who may not make
  /// the call.
  func replayed<Call: Mutation>(
    _ mutation: Call, by actor: Principal
  ) async throws -> Call.Response? {
    guard let identity = try identity(of: mutation, by: actor) else {
      try await authorize(mutation)
      return nil
    }
    return try await remembered(identity, mutation)
  }

  private func remembered<Call: Mutation>(
    _ identity: Identity, _ mutation: Call
  ) async throws -> Call.Response? {
    if let response = try await admitted(mutation, identity) { return response }
    return try await store.read { [access] reader in
      try replay(identity, mutation, AccessCheck(access: access, reader: reader))
    }
  }

  /// The response to an earlier request with the same id; nil when the id is new or was forgotten.
  private func replay<Call: Mutation>(
    _ identity: Identity, _ mutation: Call, _ check: AccessCheck
  ) throws -> Call.Response? {
    guard let request = try check.reader.request(identity.key) else { return nil }
    guard request.digest == identity.digest else {
      throw DomainError.requestIdReused(identity.key.id)
    }
    return try response(request, mutation, check)
  }

  /// Nil when the request has not had its effect.
  private func response<Call: Mutation>(
    _ request: RememberedRequest, _ mutation: Call, _ check: AccessCheck
  ) throws -> Call.Response? {
    do {
      guard try mutation.wasDone(request.response, check.reader) else { return nil }
      return try told(
        try mutation.decodeResponse(request.response, check.reader), of: mutation, check)
    } catch is SnapshotError {
      throw StoreError(.failed, "a remembered response of \(mutation.method) cannot be read")
    }
  }
}
