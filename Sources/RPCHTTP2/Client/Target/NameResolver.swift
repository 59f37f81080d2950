public import EventLoop

/// Finds the addresses of a channel's server: the system's resolver unless a channel is given
/// another one, such as a service registry's client.
public protocol NameResolver: Sendable {
  /// Looks the addresses up once, in the order of preference.
  ///
  /// Called when the channel begins to connect, and when a connection is lost or cannot be made: no
  /// sooner than `ChannelOptions.minResolutionInterval` after the last answer, after failures as
  /// `ChannelOptions.backoff` says, and never twice at once. An empty list and a thrown error are
  /// failures: the channel keeps the addresses that it has. Of a list the first 100 are used. The
  /// task is cancelled when the channel ends, which waits for it.
  func resolve() async throws -> [SocketAddress]

  /// Hands every new list to `found` until the task is cancelled: for sources that know of changes
  /// by themselves. Others do without it.
  func watch(_ found: @escaping @Sendable ([SocketAddress]) -> Void) async
}

extension NameResolver {
  public func watch(_ found: @escaping @Sendable ([SocketAddress]) -> Void) async {}
}

/// The system's resolver (getaddrinfo), on a thread of its own.
struct HostNameResolver: NameResolver {
  let host: String
  let port: UInt16

  func resolve() async throws -> [SocketAddress] {
    try await HostResolver.addresses(
      of: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
  }
}
