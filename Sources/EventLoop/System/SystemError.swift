import CLinux
import Glibc

/// A system call that failed: its name and the error number.
public struct SystemError: Error, Hashable, CustomStringConvertible {
  /// The call's name, such as `bind`.
  public let call: String
  /// A Linux error number, such as `EADDRINUSE`.
  public let errno: Int32

  public init(call: String, errno: Int32) {
    self.call = call
    self.errno = errno
  }

  /// `bind: Address already in use`
  public var description: String { "\(call): \(Self.text(of: errno))" }

  private static func text(of errno: Int32) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress else { return "error \(errno)" }
      unsafe cl_error_text(errno, start, buffer.count)
      return unsafe String(cString: start)
    }
  }
}

extension SystemError {
  /// A connection attempt that took too long.
  public static let timedOut = SystemError(call: "connect", errno: ETIMEDOUT)

  /// Whether this machine lacked descriptors, processes or memory: it may have some another time.
  public var isShortage: Bool { [EMFILE, ENFILE, EAGAIN, ENOMEM].contains(errno) }
}
