import RPC
import TrackMessages

/// Packed replies of GetDeploymentTrack, one shelf for each event loop. A reply is kept under the
/// commit stamp of its component that was loaded before it was read, and given as long as the store
/// has the same one: it is never older than a write that was answered.
///
/// A miss is kept too, so that polling for a track that is not there costs no more.
final class ReplyCache: Sendable {
  private let shelves = ExecutorLocal<Shelf> { Shelf() }

  /// The shelf of the loop that the caller runs on.
  func shelf(on executor: any CallExecutor) -> Shelf? { shelves.value(on: executor) }

  struct Key: Hashable {
    let componentId: String
    let trackId: String

    init(_ request: GetDeploymentTrackRequest) {
      componentId = request.componentId
      trackId = request.deploymentTrackId
    }

    var byteCount: Int { componentId.utf8.count + trackId.utf8.count }
  }

  typealias Reply = Result<EncodedMessage<GetDeploymentTrackResponse>, EncodedStatus>

  /// Confined to its loop's thread. Bounded: when `young` is full, what was not asked for since it
  /// was full the last time goes.
  final class Shelf {
    /// Replies in each of the two generations.
    static let limit = 1000
    /// Larger ones, with their key, are not kept.
    static let largest = 4096

    private struct Entry {
      let stamp: UInt64
      let reply: Reply
    }

    @safe @exclusivity(unchecked) private var young: [Key: Entry] = [:]
    @safe @exclusivity(unchecked) private var old: [Key: Entry] = [:]

    /// The reply that was kept under that stamp; nil when there is none.
    func reply(to key: Key, _ stamp: UInt64) -> Reply? {
      if let entry = young[key] { return entry.stamp == stamp ? entry.reply : nil }
      guard let entry = old[key], entry.stamp == stamp else { return nil }
      keep(entry.reply, to: key, stamp)
      return entry.reply
    }

    func keep(_ reply: Reply, to key: Key, _ stamp: UInt64) {
      guard reply.byteCount + key.byteCount <= Self.largest else {
        young[key] = nil
        return
      }
      if young.count >= Self.limit {
        old = young
        young = [:]
      }
      young[key] = Entry(stamp: stamp, reply: reply)
    }

    /// Replies that are kept, for tests.
    var count: Int { young.count + old.count }
  }
}

extension ReplyCache.Reply {
  fileprivate var byteCount: Int {
    switch self {
    case .success(let message): message.byteCount
    case .failure(let status): status.byteCount
    }
  }
}
