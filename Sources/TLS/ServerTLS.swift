public import Crypto
public import EventLoop

/// The TLS of a server: makes the channels of accepted sockets, with the certificates and rules of
/// the moment. Any thread.
public final class ServerTLS: Sendable {
  private let current: LockedValue<TLSServerContext>

  public init(_ context: TLSServerContext) { current = LockedValue(context) }

  public var context: TLSServerContext { current.value }

  /// New connections get this context. Those that are there keep what they have agreed on, but
  /// certificates of theirs that no longer count under the new rules end them.
  public func use(_ context: TLSServerContext) { current.value = context }

  /// A channel for a socket that was just accepted, on the thread of the loop that keeps it.
  public func channel(
    _ socket: SocketChannel, on state: TLSLoop
  ) throws(ChannelError) -> TLSChannel {
    let context = context
    do throws(CryptoError) {
      return TLSChannel(
        socket, try context.makeSession(), state, judge: PeerJudge(self, began: context))
    } catch {
      throw ChannelError(error.description)
    }
  }
}

/// Judges the certificate of one connection's peer as long as the connection lasts. Confined to its
/// loop.
final class PeerJudge {
  private let server: ServerTLS
  /// The rules under which the certificate counted last.
  private var rules: TLSServerContext
  private var objection: String?
  private var expiresAt: Int64?

  init(_ server: ServerTLS, began rules: TLSServerContext) {
    self.server = server
    self.rules = rules
  }

  /// Why the certificate no longer counts; nil when it does, or there is none.
  func objection(to chain: [Certificate]) -> String? {
    guard !chain.isEmpty else { return nil }
    if let objection { return objection }
    let end = expiresAt ?? chain.map(\.notAfter).min() ?? .max
    expiresAt = end
    if WallClock.nowMicroseconds() / 1_000_000 > end { objection = "certificate has expired" }
    let latest = server.context
    if latest !== rules {
      rules = latest
      objection = objection ?? latest.objection(to: chain)
    }
    return objection
  }
}

/// A value under a lock.
///
/// `@unchecked Sendable`: the value is only touched under the lock.
final class LockedValue<Value: Sendable>: @unchecked Sendable {
  private let lock = Lock()
  private var locked: Value

  init(_ value: Value) { locked = value }

  var value: Value {
    get { lock.withLock { locked } }
    set { lock.withLock { locked = newValue } }
  }
}
