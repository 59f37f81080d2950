import RPC
import TrackController
import TrackDomain
import TrackMessages

/// One watch that knows the state: an open stream. Lives on its feed's executor.
final class Watcher: ChangeFollower, ResponseSinkOwner {
  /// Bytes of messages that may wait for a client: some hundred changes. The bytes themselves are
  /// shared by all watchers of a scope.
  private static let queueLimit = 256 << 10

  private unowned let feed: ExecutorFeed
  private var sink: ResponseSink<WatchDeploymentTracksResponse>?
  var position: LogPlace
  var group: ChangeGroup<Watcher>?
  var place = 0

  init(_ feed: ExecutorFeed, position: LogPlace) {
    self.feed = feed
    self.position = position
  }

  /// Takes the response over from its handler.
  func take(_ responses: ResponseWriter<WatchDeploymentTracksResponse>) throws {
    sink = try responses.detach(for: self)
  }

  /// - Returns: false when too much waits already.
  func send(
    _ message: EncodedMessage<WatchDeploymentTracksResponse>, upTo position: LogPlace
  ) -> Bool {
    guard let sink else { return true }
    let waiting = sink.queuedBytes
    // A stream that is over, but was not told yet, may count as full to the last bit.
    guard waiting == 0 || waiting <= Self.queueLimit - message.byteCount else { return false }
    sink.send(message)
    self.position = position
    return true
  }

  /// Shows that the watch lives. What waits for its client already will.
  func beat(_ message: EncodedMessage<WatchDeploymentTracksResponse>) {
    if let sink, sink.queuedBytes == 0 { sink.send(message) }
  }

  /// Ends the call; to be called when it follows no more.
  func finish(_ error: RPCError) {
    sink?.finish(error)
    sink = nil
  }

  func responseEnded() {
    sink = nil
    feed.leave(self)
  }
}
