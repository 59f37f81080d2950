import TrackController
import TrackDomain

/// Log lines about durable operations.
struct ExecutorLog: Sendable {
  let logger: Logger

  func log(_ event: ExecutorEvent) {
    switch event {
    case .retrying(let id, let attempts, let error):
      logger.log(.warning, "operation did not work yet: it is tried again") {
        $0.string("operation", id)
        $0.integer("attempts", Int64(attempts))
        $0.string("error", error)
      }
    case .failed(let id, let error):
      logger.log(.warning, "deployment failed") {
        $0.string("deployment", id)
        $0.string("error", error)
      }
    case .cancelled(let id, let reason):
      logger.log(.warning, "deployment cancelled: a rule does not hold any more") {
        $0.string("deployment", id)
        $0.string("reason", reason)
      }
    case .reportDropped(let id, let error):
      logger.log(.error, "release management was not told what became of a deployment") {
        $0.string("deployment", id)
        $0.string("error", error)
      }
    case .deletionGivenUp(let componentId, let trackId, let error):
      logger.log(.error, "deletion of a deployment track was given up") {
        $0.string("component", componentId)
        $0.string("deployment_track", trackId)
        $0.string("error", error)
      }
    case .placeGivenUp(let componentId, let trackId, let place, let error):
      logger.log(.error, "what a deleted deployment track has in a place was not removed") {
        $0.string("component", componentId)
        $0.string("deployment_track", trackId)
        $0.string("place", place)
        $0.string("error", error)
      }
    case .sharedFolder(let id, let otherId, let place):
      logger.always(.warning, "two environments share a folder: give each a gitops_path of its own")
      {
        $0.string("environment", id)
        $0.string("other", otherId)
        $0.string("path", place.path)
        $0.string("branch", place.branch)
        $0.string("repository", place.repositoryURL)
      }
    case .leaseLost(let id):
      logger.log(.warning, "another executor has taken an operation over") {
        $0.string("operation", id)
      }
    case .restoreFound, .placeDiffers, .notCompared, .compared, .restoreEnded, .held:
      RestoreLog(logger: logger).log(event)
    case .storeUnavailable(let error):
      logger.always(.warning, "the store takes nothing now: operations wait") {
        $0.string("error", error)
      }
    case .storeFailed(let ids, let error):
      logger.always(.error, "operations cannot be read or recorded: they are tried again later") {
        $0.string("operations", ids.prefix(10).joined(separator: " "))
        $0.integer("count", Int64(ids.count))
        $0.string("error", error)
      }
    }
  }
}
