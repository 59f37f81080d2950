import TrackDomain
import TrackStoreSQLite

/// Log lines about the store that are not failures.
struct StoreLog {
  let logger: Logger

  func log(_ event: StoreEvent) {
    switch event {
    case .foreignFile(let path, let owner):
      logger.log(.warning, "a file of the data directory belongs to another user") {
        $0.string("path", path)
        $0.integer("owner", Int64(owner))
      }
    case .dataLost(let reason):
      logger.log(.error, "acknowledged writes are lost, as accepted") {
        $0.string("reason", reason)
      }
    case .lockedByOthers:
      logger.log(.error, "another process has the database locked: writes are refused meanwhile")
    case .clockJumped(let duration):
      logger.log(.warning, "the time of day was changed; retention does not follow it") {
        $0.integer("seconds", duration.components.seconds)
      }
    case .restored(let sequence):
      logger.log(.warning, "the database was put back to an earlier state: watches begin anew") {
        $0.integer("lost_up_to", sequence)
      }
    case .auditFault(let finding):
      logger.always(
        .error, "events of the audit are not as they were written: none are dropped any more"
      ) {
        $0.string("fault", finding.fault.rawValue)
        $0.integer("event", finding.sequence)
      }
    case .logIsLong(let frames):
      logger.log(.warning, "somebody reads all the time, and the database's log grows") {
        $0.integer("frames", Int64(frames))
      }
    }
  }
}
