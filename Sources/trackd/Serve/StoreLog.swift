import TrackDomain
import TrackStorePostgreSQL
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
    case .auditFault(let finding): log(finding)
    case .logIsLong(let frames):
      logger.log(.warning, "somebody reads all the time, and the database's log grows") {
        $0.integer("frames", Int64(frames))
      }
    }
  }

  func log(_ event: PostgreSQLStoreEvent) {
    switch event {
    case .migrated(let former, let schema):
      logger.always(.info, "the database was brought up to date") {
        $0.integer("from", former)
        $0.integer("schema", schema)
      }
    case .auditFault(let finding): log(finding)
    }
  }

  /// - Parameters:
  ///   - durability: what the database promises of acknowledged writes, from now on.
  ///   - isRequired: whether writes are refused while no COMMIT waits for a standby.
  func log(_ durability: StoreDurability, isRequired: Bool) {
    func fields(_ line: inout LogLine) {
      line.string("synchronous_commit", durability.commit)
      line.string("synchronous_standby_names", durability.standbyNames)
      if let states = durability.standbyStates {
        line.string("standbys", states.joined(separator: " "))
      }
    }
    if durability.shortfall != nil {
      if isRequired {
        logger.always(.error, "COMMITs do not wait for a standby: writes are refused", fields)
      } else {
        logger.always(
          .warning, "COMMITs do not wait for a standby: writes may be lost with the primary", fields
        )
      }
    } else if durability.hasStandby == false {
      logger.always(.warning, "COMMITs wait for a standby, and none follows", fields)
    } else {
      logger.always(.info, "COMMITs wait for a standby", fields)
    }
  }

  private func log(_ finding: AuditVerification.Finding) {
    logger.always(
      .error, "events of the audit are not as they were written: none are dropped any more"
    ) {
      $0.string("fault", finding.fault.rawValue)
      $0.integer("event", finding.sequence)
    }
  }
}
