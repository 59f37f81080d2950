import RPC
import TrackController
import TrackDomain
import TrackMapping
import TrackMessages

/// A watch whose handler still runs: sends the handler's messages, and heartbeats between them,
/// because proxies end a quiet call. Used on its feed's executor only.
final class WatchBeginning {
  private unowned let feed: ExecutorFeed
  private let responses: ResponseWriter<WatchDeploymentTracksResponse>
  let caller: WatchCaller
  /// What the caller may read.
  var access: Access
  /// Nil until it is known.
  var scope: ChangeScope?
  /// Why the caller may not watch any more.
  var refusal: RPCError?
  /// The resume token of the newest examined change; empty while the state is being sent.
  private var token = ""
  /// Whether a message is being written: `token` is about to change.
  private var isWriting = false

  init(
    _ feed: ExecutorFeed, _ responses: ResponseWriter<WatchDeploymentTracksResponse>,
    by caller: WatchCaller, _ access: Access
  ) {
    self.feed = feed
    self.access = access
    self.responses = responses
    self.caller = caller
  }

  /// Sends a resource of the state.
  func write(_ resource: WatchedResource) async throws {
    try await write(WatchDeploymentTracksResponse(Change(existing: resource)))
  }

  /// Sends a change, or none, with the resume token of the newest examined change.
  func write(_ change: TrackMessages.Change?, token: String) async throws {
    try await write(WatchDeploymentTracksResponse(change, resumeToken: token))
    self.token = token
  }

  /// Notes that the changes up to this token were examined and need no message.
  func examined(token: String) { self.token = token }

  /// Sends a heartbeat, unless another message is on its way.
  func beat() {
    // Nothing has been examined yet.
    if isWriting || scope == nil { return }
    responses.sendIfIdle(EncodedMessage(WatchDeploymentTracksResponse(nil, resumeToken: token)))
  }

  /// Throws when the caller may not watch any more, or has other rights than at the beginning.
  func check() async throws {
    try await feed.checkRights(of: self)
    if let refusal { throw refusal }
  }

  private func write(_ message: WatchDeploymentTracksResponse) async throws {
    try await check()
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
