import CLinux

/// The directions in which a descriptor is ready, or in which its owner waits for it.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Bytes, a connection, or the end of the peer's half can be read without waiting.
  public static let readable = Readiness(rawValue: UInt32(CL_READABLE))
  /// Bytes can be written without waiting.
  public static let writable = Readiness(rawValue: UInt32(CL_WRITABLE))
  /// Both directions are gone; always reported, with the other two. Never asked for.
  public static let hangup = Readiness(rawValue: UInt32(CL_HANGUP))

  static let edge = Readiness(rawValue: UInt32(CL_EDGE))
}

/// Owns a descriptor that an `EventLoop` watches, from `EventLoop.add` or `pass` to `remove`.
public protocol EventHandler: AnyObject {
  /// The loop calls it on its thread, at most once per turn, when the descriptor is ready in a
  /// watched direction. Readiness is level-triggered: bytes that are left unread are reported
  /// again. May add, modify and remove descriptors, its own included; must not block.
  func ready(_ events: Readiness)
}

/// Has output to write once per turn of the loop.
public protocol Flushable: AnyObject {
  /// Set by the loop only: true from `EventLoop.atEndOfTurn` to `flush`.
  var isAwaitingFlush: Bool { get set }
  /// The loop calls it on its thread once, after all handlers, timers and jobs of the turn in which
  /// `EventLoop.atEndOfTurn` was called. Must not block.
  func flush()
}
