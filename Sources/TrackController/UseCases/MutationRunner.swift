import TrackDomain

/// Runs the calls that change something: checks request ids, keeps the order of checks, and makes
/// check-only calls.
struct MutationRunner: Sendable {
  let store: any TrackStore
  let now: @Sendable () -> Timestamp
  /// What the caller may do.
  var access = Access.unrestricted
  var origin = CallOrigin()

  /// Runs `mutation` for `actor`.
  ///
  /// The order is: the form of the request id, the rights of the caller, a remembered request, the
  /// form of the request, and then what `Mutation.plan` checks. A request of the wrong form that
  /// nobody has made before is told so, whatever the rights are. Throws `DomainError`, `StoreError`
  /// and `CancellationError`.
  func run<Call: Mutation>(_ mutation: Call, by actor: Principal) async throws -> Call.Response {
    let identity = try identity(of: mutation, by: actor)
    let checked: Call.Checked
    do {
      checked = try mutation.check()
    } catch {
      if let identity, let response = try await remembered(identity, mutation) { return response }
      throw error
    }
    try await authorize(mutation)
    do {
      return try await run(mutation, checked, identity, by: actor)
    } catch let error as DomainError where access.isRestricted {
      throw try await told(error, of: mutation, checked)
    }
  }

  private func run<Call: Mutation>(
    _ mutation: Call, _ checked: Call.Checked, _ identity: Identity?, by actor: Principal
  ) async throws -> Call.Response {
    let (access, requestId) = (access, mutation.options.requestId)
    let (time, id) = (now(), mutation.namedComponentId(checked))
    if mutation.options.validateOnly {
      return try await store.read { reader in
        try mutation.authorize(AccessCheck(access: access, reader: reader))
        let context = PlanContext(
          reader: reader, component: try id.flatMap(reader.component), now: time, actor: actor,
          access: access)
        return try mutation.plan(checked, context).response
      }
    }
    return try await store.write(id.map { .component($0) } ?? .catalog) { transaction in
      // Again, because what decides may have changed.
      try mutation.authorize(AccessCheck(access: access, reader: transaction))
      if let identity, let response = try replay(identity, mutation, transaction) {
        return response
      }
      let context = PlanContext(
        reader: transaction, component: try id.flatMap(transaction.component), now: time,
        actor: actor, access: access)
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
      return plan.response
    }
  }

  // MARK: Rights

  /// Refuses a caller who may not make the call, before anything else is done for it.
  func authorize(_ mutation: some Mutation) async throws {
    guard access.isRestricted else { return }
    try await store.read { [access] reader in
      try mutation.authorize(AccessCheck(access: access, reader: reader))
    }
  }

  /// `error` as the caller may know it: without names for who may not read the component.
  private func told<Call: Mutation>(
    _ error: DomainError, of mutation: Call, _ checked: Call.Checked
  ) async throws -> DomainError {
    guard let id = mutation.namedComponentId(checked) else { return error }
    return try await store.read { [access] reader in
      guard let component = try reader.component(id) else { return error }
      return access.allows(.read, at: AccessPlace(component)) ? error : error.withoutNames
    }
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
    try await authorize(mutation)
    return try await store.read { try replay(identity, mutation, $0) }
  }

  /// The response to an earlier request with the same id; nil when the id is new or was forgotten.
  private func replay<Call: Mutation>(
    _ identity: Identity, _ mutation: Call, _ reader: any StoreReader
  ) throws -> Call.Response? {
    guard let request = try reader.request(identity.key) else { return nil }
    guard request.digest == identity.digest else {
      throw DomainError.requestIdReused(identity.key.id)
    }
    do {
      guard try mutation.wasDone(request.response, reader) else { return nil }
      return try mutation.decodeResponse(request.response, reader)
    } catch is SnapshotError {
      throw StoreError(.failed, "a remembered response of \(mutation.method) cannot be read")
    }
  }
}
