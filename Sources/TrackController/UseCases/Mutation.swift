import TrackDomain

/// A call that changes something: what is common to them stays in `MutationRunner`.
protocol Mutation: Sendable {
  /// The request after its form was checked.
  associatedtype Checked: Sendable
  associatedtype Response: Sendable

  var method: RequestMethod { get }
  var options: MutationOptions { get }

  /// Adds every field but `options` to `digest`.
  func combine(into digest: inout Digest)

  /// Checks what can be checked without the store.
  func check() throws(DomainError) -> Checked

  /// The component that the call is about, which its write names; nil for a call about another
  /// resource of the catalog.
  func namedComponentId(_ checked: Checked) -> String?

  /// Checks the rest, and decides what is to be done. Has no effect; may be called more than once.
  ///
  /// Throws `DomainError` and `StoreError`.
  func plan(_ checked: Checked, _ context: PlanContext) throws -> Plan<Response>

  /// The response to a request that is repeated, from what `Plan.encodedResponse` holds and, where
  /// the response is to show a resource as it is now, from the store.
  ///
  /// Throws `SnapshotError`, `DomainError` and `StoreError`.
  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Response

  /// Whether the remembered request had its effect; if not, it runs again.
  func wasDone(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Bool
}

extension Mutation {
  func wasDone(_ bytes: [UInt8], _ reader: any StoreReader) throws -> Bool { true }
}

/// The state that a mutation's decision is based on: what the store has, the time, and who calls.
struct PlanContext {
  let reader: any StoreReader
  /// The component that the call is about; nil when there is none, or it does not exist.
  let component: ComponentContext?
  let now: Timestamp
  let actor: Principal
}
