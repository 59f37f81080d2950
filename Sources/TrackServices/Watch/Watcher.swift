import RPC
import TrackController
import TrackDomain
import TrackMessages

/// A watch that follows its feed: an open stream without a handler. Used on the feed's executor
/// only.
final class Watcher: ChangeFollower, ResponseSinkOwner {
  /// The most bytes that wait for one client: some hundred changes. All watchers of a scope share
  /// the bytes themselves.
  private static let queueLimit = 256 << 10

  private unowned let feed: ExecutorFeed
  let caller: WatchCaller
  private var sink: ResponseSink<WatchDeploymentTracksResponse>?
  var position: LogPlace
  var group: ChangeGroup<Watcher>?
  var place = 0

  init(_ feed: ExecutorFeed, by caller: WatchCaller, position: LogPlace) {
    self.feed = feed
    self.caller = caller
    self.position = position
  }

  /// Takes the response over from its handler.
  func take(_ responses: ResponseWriter<WatchDeploymentTracksResponse>) throws {
    sink = try responses.detach(for: self)
  }

  /// - Returns: false when the message does not fit into the client's queue.
  func send(
    _ message: EncodedMessage<WatchDeploymentTracksResponse>, upTo position: LogPlace
  ) -> Bool {
    guard let sink else { return true }
    let waiting = sink.queuedBytes
    // Subtracts, because adding overflows: a closed stream may report `Int.max` queued bytes.
    guard waiting == 0 || waiting <= Self.queueLimit - message.byteCount else { return false }
    sink.send(message)
    self.position = position
    return true
  }

  /// Sends a heartbeat, unless messages wait for the client: they show as much.
  func beat(_ message: EncodedMessage<WatchDeploymentTracksResponse>) {
    if let sink, sink.queuedBytes == 0 { sink.send(message) }
  }

  /// Ends the call of a watcher that has left the feed.
  func finish(_ error: RPCError) {
    sink?.finish(error)
    sink = nil
  }

  func responseEnded() {
    sink = nil
    feed.leave(self)
  }
}
