public import TrackDomain

/// What an operator should know of a store.
public enum StoreEvent: Sendable, Equatable {
  /// What lies in the data folder belongs to another user, and stays as it is.
  case foreignFile(path: String, owner: UInt32)
  /// Writes that were acknowledged are gone, which was accepted.
  case dataLost(reason: String)
  /// Another process had the database locked for as long as writes wait, and they were refused.
  case lockedByOthers
  /// The time of day was changed, by so much. Nothing is dropped sooner or later for it.
  case clockJumped(by: Duration)
  /// The database was put back to an earlier state: changes up to this one are gone.
  case restored(lostUpTo: Int64)
  /// Events of the audit are not as they were written: none are dropped any more.
  case auditFault(AuditVerification.Finding)
  /// The log has grown long because somebody reads from it all the time.
  case logIsLong(frames: Int)
}
