import EventLoop
import HTTP2
import Wire

/// The calls in progress of one connection, of either version of HTTP: what they take of the
/// context's budget, and the slots that they hold. A call's memory counts until its object is gone,
/// its slot until its handler has returned, which may run on when its stream is closed.
///
/// `@unchecked Sendable`: confined to the context's loop, but for `release`, which carries it there.
final class OpenRequests: @unchecked Sendable {
  /// The approximate memory of a call in progress beside its header block, in bytes.
  private static let callBytes = 1024

  private let context: ConnectionContext
  /// HTTP/2: counts the slots. HTTP/1.1 has one request at a time.
  private let session: HTTP2Session?
  @safe @exclusivity(unchecked) private var bytes = 0

  init(_ context: ConnectionContext, _ session: HTTP2Session? = nil) {
    self.context = context
    self.session = session
  }

  /// Whether one more call may begin.
  var hasRoom: Bool { context.hasRoom(forRequestBeside: bytes) }

  /// A call has begun.
  ///
  /// - Returns: its part of the budget in bytes, until `release`.
  func began(_ head: HeaderFields) -> Int {
    let cost = Self.callBytes + head.bytes.count
    count(cost)
    return cost
  }

  /// A call's object is gone: frees its part of the budget and, if it has one, its slot. Any thread.
  func release(_ cost: Int, hasSlot: Bool = false) {
    if context.loop.isCurrent {
      free(cost, hasSlot)
    } else {
      context.loop.execute { self.free(cost, hasSlot) }
    }
  }

  private func free(_ cost: Int, _ hasSlot: Bool) {
    if hasSlot { session?.releaseSlot() }
    count(-cost)
  }

  private func count(_ change: Int) {
    let before = bytes
    bytes += change
    if before == 0 { context.busyConnections += 1 }
    if bytes == 0 { context.busyConnections -= 1 }
    context.openRequestBytes += change
  }
}
