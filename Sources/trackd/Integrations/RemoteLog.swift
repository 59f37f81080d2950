import TrackRemotes

/// Log lines about a remote service. Events that an operator should see at once are warnings.
struct RemoteLog: Sendable {
  let logger: Logger
  let address: String

  func event(_ event: RemoteServer.Event) {
    switch event {
    case .connected:
      logger.log(.info, "service connected", from: address) { $0.string("address", address) }
    case .unreachable(let reason):
      logger.log(.warning, "service cannot be reached", from: address) {
        $0.string("address", address)
        $0.string("reason", reason)
      }
    case .disconnected(let reason):
      logger.log(.info, "service disconnected", from: address) {
        $0.string("address", address)
        $0.string("reason", reason)
      }
    case .paused(let pause):
      logger.log(.warning, "service does not answer, and is left alone for a while", from: address)
      {
        $0.string("address", address)
        $0.integer("milliseconds", Int64(pause / .milliseconds(1)))
      }
    case .resumed:
      logger.log(.info, "service answers again", from: address) { $0.string("address", address) }
    }
  }
}
