import TrackController
import TrackDomain

/// Log lines about a store that was restored from a backup.
struct RestoreLog: Sendable {
  let logger: Logger

  func log(_ event: ExecutorEvent) {
    switch event {
    case .restoreFound(let restore):
      logger.always(.warning, "the store was restored: what was under way is held, and compared") {
        $0.string("restore", restore.id.description)
        $0.string("noted_by", restore.notedBy)
      }
    case .placeDiffers(let drift): log(drift)
    case .notCompared(let lane):
      logger.always(.warning, "the restored store cannot be compared with a repository yet") {
        $0.string("lane", lane.lane)
        $0.string("error", lane.fault)
      }
    case .compared(let report):
      logger.always(.warning, "the restored store was compared with the repositories") {
        $0.integer("differing_places", Int64(report.driftCount))
        $0.integer("held_operations", Int64(report.heldCount))
        $0.integer("not_compared", Int64(report.faultCount))
      }
    case .restoreEnded(let restore):
      logger.always(.info, "the restore is settled: nothing differs, and nothing is held") {
        $0.string("restore", restore.id.description)
      }
    case .held(let id):
      logger.log(.warning, "operation is held since the store was restored") {
        $0.string("operation", id)
      }
    default: break
    }
  }

  private func log(_ drift: PlaceDrift) {
    logger.always(.warning, "a place does not hold what the restored store believes") {
      $0.string("component", drift.componentId)
      $0.string("deployment_track", drift.trackId)
      $0.string("environment", drift.environmentId)
      $0.string("difference", RestoreCheck.words(drift.kind))
      $0.string("believed", drift.believed)
      $0.string("found", drift.found)
      $0.string("path", drift.place.path)
      $0.string("branch", drift.place.branch)
      $0.string("repository", drift.place.repositoryURL)
    }
  }
}
