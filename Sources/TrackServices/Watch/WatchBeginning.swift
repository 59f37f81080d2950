import RPC
import TrackController
import TrackDomain
import TrackMapping
import TrackMessages

/// A watch whose handler still runs: what the handler sends, and in between the messages that keep
/// a proxy from taking the watch for dead. Lives on its feed's executor.
final class WatchBeginning {
  private let responses: ResponseWriter<WatchDeploymentTracksResponse>
  /// Names the newest change examined; empty while the state is being sent.
  private var token = ""
  /// A message is on its way: what the token says is about to change.
  private var isWriting = false

  init(_ responses: ResponseWriter<WatchDeploymentTracksResponse>) { self.responses = responses }

  /// Sends something of the state.
  func write(_ resource: WatchedResource) async throws {
    try await write(WatchDeploymentTracksResponse(Change(existing: resource)))
  }

  /// Sends a change, or no change, with the token of what has been examined.
  func write(_ change: TrackMessages.Change?, token: String) async throws {
    try await write(WatchDeploymentTracksResponse(change, resumeToken: token))
    self.token = token
  }

  /// Everything up to this place has been examined; nothing is sent of it.
  func examined(token: String) { self.token = token }

  /// Shows that the watch lives, unless something else is about to.
  func beat() {
    if isWriting { return }
    responses.sendIfIdle(EncodedMessage(WatchDeploymentTracksResponse(nil, resumeToken: token)))
  }

  private func write(_ message: WatchDeploymentTracksResponse) async throws {
    isWriting = true
    defer { isWriting = false }
    try await responses.write(message)
  }
}

extension TrackMessages.Change {
  /// A resource that existed when the watch began.
  fileprivate init(existing found: WatchedResource) {
    self.init()
    type = .existing
    switch found {
    case .track(let track): resource = .deploymentTrack(DeploymentTrack(track))
    case .deployment(let deployment): resource = .deployment(Deployment(deployment))
    }
  }
}
