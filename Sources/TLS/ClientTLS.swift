public import Crypto
public import EventLoop

/// The TLS of a client: makes the channels of its connections, with the authorities and the
/// certificate of the moment. Any thread.
public final class ClientTLS: Sendable {
  private let current: LockedValue<TLSClientContext>
  private let serverName: String?

  /// - Parameter serverName: whom servers' certificates must name; nil: the host of the channel's
  ///   target.
  public init(_ context: TLSClientContext, serverName: String? = nil) {
    current = LockedValue(context)
    self.serverName = serverName
  }

  /// Connections that are made from now on use this context.
  public func use(_ context: TLSClientContext) { current.value = context }

  /// A channel for a socket that is connected, on the thread of the loop that keeps it.
  ///
  /// - Parameter host: of the target: a DNS name or an IP address.
  public func channel(
    _ socket: SocketChannel, host: String, on state: TLSLoop
  ) throws(ChannelError) -> TLSChannel {
    do throws(CryptoError) {
      return TLSChannel(
        socket, try current.value.makeSession(host: serverName ?? host), state,
        requires: .http2)
    } catch {
      throw ChannelError(error.description)
    }
  }
}
