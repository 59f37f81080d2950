import CLinux
import EventLoop
import RPCHTTP2

/// A resolver whose answers a test sets.
final class ScriptedResolver: NameResolver {
  struct Failure: Error, CustomStringConvertible {
    var description: String { "the name is not known today" }
  }

  /// Nil: lookups fail.
  let list: Box<[SocketAddress]?>
  /// Lookups that have been made.
  let lookups = Box(0)
  private let found = Box<(@Sendable ([SocketAddress]) -> Void)?>(nil)

  init(_ list: [SocketAddress]?) { self.list = Box(list) }

  func resolve() async throws -> [SocketAddress] {
    lookups.update { $0 += 1 }
    guard let list = list.current else { throw Failure() }
    return list
  }

  func watch(_ found: @escaping @Sendable ([SocketAddress]) -> Void) async {
    self.found.update { $0 = found }
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
  }

  /// Hands a list to the channel.
  func push(_ list: [SocketAddress]) async {
    while found.current == nil { await Task.yield() }
    self.list.update { $0 = list }
    found.current?(list)
  }
}

/// Returns when `isSo` holds.
func wait(until isSo: () async throws -> Bool) async throws {
  while try await !isSo() { try await Task.sleep(for: .milliseconds(1)) }
}

/// A listener whose queue of connections is full: attempts to connect to it are never answered.
final class BlackHole: Sendable {
  private let listener: ListeningSocket
  private let waiting: Socket
  var address: SocketAddress { listener.address }

  init(_ address: SocketAddress = ChannelTests.loopback) throws {
    listener = try ListeningSocket(address)
    // Linux takes one connection more than the backlog, and leaves the next one unanswered.
    _ = cl_listen(listener.descriptor, 0)
    waiting = try Socket(connectingTo: listener.address)
  }

  func close() {
    waiting.close()
    listener.close()
  }
}
