import TrackDomain

/// Where a call comes from, for the audit.
public struct CallOrigin: Sendable {
  /// The address of the caller; empty for one within the process.
  public var peer: String
  /// The service and the method, with a slash between them; empty for a caller within the process.
  public var method: String

  public init(peer: String = "", method: String = "") {
    self.peer = peer
    self.method = method
  }
}

extension MutationRunner {
  /// Writes what a call changes into the audit, in the transaction of the change.
  func record(
    _ subject: AuditSubject, of method: String, by actor: Principal, requestId: String = "",
    at time: Timestamp, _ transaction: any StoreTransaction
  ) throws(StoreError) {
    try transaction.recordAudit(
      AuditEvent(
        at: time, principal: actor, peer: origin.peer,
        method: origin.method.isEmpty ? method : origin.method, subject: subject,
        requestId: requestId))
  }
}
