import CLinux

/// What a descriptor is ready for, or what its owner waits for.
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

/// Owns a descriptor that an `EventLoop` watches.
public protocol EventHandler: AnyObject {
  /// On the loop's thread. Readiness is level-triggered: what is left unread is reported again.
  func ready(_ events: Readiness)
}

/// Has output to write once per turn of the loop.
public protocol Flushable: AnyObject {
  /// Kept by the loop: true while it waits for `flush` of this turn.
  var isAwaitingFlush: Bool { get set }
  /// On the loop's thread, after all handlers and jobs of a turn.
  func flush()
}
