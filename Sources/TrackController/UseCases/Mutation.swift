import TrackDomain

/// A call that changes something. `MutationRunner` has the part that all such calls share.
protocol Mutation: Sendable {
  /// The request after its form was checked.
  associatedtype Checked: Sendable
  associatedtype Response: Sendable

  var method: RequestMethod { get }
  var options: MutationOptions { get }

  /// Refuses a caller who may not make the call. Asked before remembered requests are looked up;
  /// may be called more than once.
  ///
  /// Throws `DomainError` and `StoreError`.
  func authorize(_ check: AccessCheck) throws

  /// Adds every field but `options` to `digest`.
  func combine(into digest: inout Digest)

  /// Checks what can be checked without the store.
  func check() throws(DomainError) -> Checked

  /// The component of the call, which belongs to the scope of its write; nil for a call about
  /// another resource of the catalog.
  var namedComponentId: String? { get }

  /// Whether the caller may read what errors and responses of the call name beside what the request
  /// names.
  func mayRead(_ check: AccessCheck) throws -> Bool

  /// The response for a caller who may not: what the call made, without what was there.
  func withoutNames(_ response: Response) -> Response

  /// Whether what decides on the caller's right is gone once the call was made.
  var removesItsResource: Bool { get }

  /// Checks the rest, and makes the plan. Has no effect; may be called more than once.
  ///
  /// Throws `DomainError` and `StoreError`.
  func plan(_ checked: Checked, _ context: PlanContext) throws -> Plan<Response>

  /// The response to a repeated request: from the bytes of `Plan.encodedResponse` and, if it shows
  /// a resource as it is now, from the store.
  ///
  /// Throws `SnapshotError`, `DomainError` and `StoreError`.
  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Response

  /// Whether the remembered request had its effect; otherwise it runs again.
  func wasDone(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Bool
}

extension Mutation {
  func mayRead(_ check: AccessCheck) throws -> Bool {
    let component = try namedComponentId.flatMap(check.reader.component)
    return check.access.allows(.read, at: component.map { AccessPlace($0) } ?? .everywhere)
  }

  var removesItsResource: Bool { false }

  func wasDone(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Bool { true }
}

/// The state on which a mutation decides: the store's rows, the time, and the caller.
struct PlanContext {
  let reader: any StoreReader
  /// The component of the call; nil when the call has none, or it does not exist.
  let component: ComponentContext?
  let now: Timestamp
  let actor: Principal
  var access = Access.unrestricted
  /// Whether environments without a repository have one of trackd's own.
  var hasOwnGitOps = true
}
