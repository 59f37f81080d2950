public import TrackDomain

/// What an operator should know of a store on PostgreSQL, besides its state.
public enum PostgreSQLStoreEvent: Sendable, Equatable {
  /// The database was brought up to date; from 0: it was empty.
  case migrated(from: Int64, to: Int64)
  /// Events of the audit are not as they were written: none are dropped any more.
  case auditFault(AuditVerification.Finding)
}
