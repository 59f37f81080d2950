import Protobuf
import RPC
import TrackDomain

/// Packed replies of one method that reads a component's tracks, one shelf for each event loop.
///
/// A reply is kept under its component's commit stamp, as loaded before the read, and given only
/// while the store has the same stamp: it is never older than a write that was answered. NOT_FOUND
/// is kept too, so that polling for a missing resource costs no more.
final class ReplyCache<Key: ReplyKey, Response: Message>: Sendable {
  /// A refusal is an `RPCError` in its box: a box for each call that it ends would cost more than
  /// all else that is done for the call here.
  typealias Reply = Result<EncodedMessage<Response>, any Error>

  private let shelves: ExecutorLocal<Shelf>

  /// - Parameter bytes: the most that each event loop keeps.
  init(bytes: Int) {
    shelves = ExecutorLocal { Shelf(bytes: bytes) }
  }

  /// The reply to a request: the kept one if no commit came between, or what `read` returns.
  ///
  /// - Parameters:
  ///   - stamp: loads the commit stamp of the request's component (`TrackStore.commitStamp`); nil
  ///     where the store has none.
  ///   - executor: the executor of the call, on whose thread this runs.
  ///   - read: reads the reply from the store; nil where the store does not answer at once.
  /// - Throws: the contract's error, also where it is kept.
  func reply(
    to key: Key, _ stamp: () -> UInt64?, on executor: any CallExecutor,
    _ read: () throws -> EncodedMessage<Response>?
  ) throws -> EncodedMessage<Response>? {
    guard let shelf = shelves.value(on: executor), let stamp = stamp() else {
      return try answering(read)
    }
    if let reply = shelf.reply(to: key, stamp) { return try reply.get() }
    guard let reply = try keepable(read) else { return nil }
    shelf.keep(reply, to: key, stamp)
    return try reply.get()
  }

  private func keepable(_ read: () throws -> EncodedMessage<Response>?) throws -> Reply? {
    try answering {
      do {
        return try read().map { .success($0) }
      } catch let error as DomainError where error.kind == .notFound {
        return .failure(RPCError(error).encodedOnce())
      }
    }
  }

  /// Used on its loop's thread only. Bounded: when the young replies take half of the bytes, they
  /// become the old ones, and the old replies, which had no request since the last time, go.
  final class Shelf {
    private struct Entry {
      let stamp: UInt64
      let reply: Reply
      let byteCount: Int
    }

    private let bytes: Int
    @safe @exclusivity(unchecked) private var young: [Key: Entry] = [:]
    @safe @exclusivity(unchecked) private var youngBytes = 0
    @safe @exclusivity(unchecked) private var old: [Key: Entry] = [:]
    @safe @exclusivity(unchecked) private var oldBytes = 0

    /// - Parameter bytes: the most that it keeps.
    init(bytes: Int) { self.bytes = bytes }

    /// The reply that was kept under that stamp; nil when there is none.
    func reply(to key: Key, _ stamp: UInt64) -> Reply? {
      if let entry = young[key] { return entry.stamp == stamp ? entry.reply : nil }
      guard let entry = old[key], entry.stamp == stamp else { return nil }
      keep(entry.reply, to: key, stamp)
      return entry.reply
    }

    /// Keeps a reply, unless it would take more than a sixteenth of the shelf.
    func keep(_ reply: Reply, to key: Key, _ stamp: UInt64) {
      let entry = Entry(
        stamp: stamp, reply: reply,
        byteCount: Self.byteCount(reply) + key.byteCount + Self.overhead)
      if let replaced = young.removeValue(forKey: key) { youngBytes -= replaced.byteCount }
      guard entry.byteCount <= bytes / 16 else { return }
      if youngBytes + entry.byteCount > bytes / 2 {
        (old, oldBytes) = (young, youngBytes)
        (young, youngBytes) = ([:], 0)
      }
      young[key] = entry
      youngBytes += entry.byteCount
    }

    private static func byteCount(_ reply: Reply) -> Int {
      switch reply {
      case .success(let message): message.byteCount
      case .failure(let status): (status as? RPCError)?.encodedByteCount ?? 0
      }
    }

    /// Bytes of an entry beside those of its key and reply, about.
    private static var overhead: Int { 128 }

    /// What it keeps, for tests.
    var byteCount: Int { youngBytes + oldBytes }
  }
}

/// The parts of a request on which its reply depends, beside the state of the component.
protocol ReplyKey: Hashable, Sendable {
  /// Bytes of its texts.
  var byteCount: Int { get }
}
