import Glibc

/// The one funnel of system calls, over functions that return `-errno`.
enum SystemCall {
  /// EINTR is retried, EAGAIN is nil, everything else throws with the call's name.
  @inline(__always)
  static func result(_ name: StaticString, _ call: () -> Int) throws(SystemError) -> Int? {
    while true {
      let result = call()
      if result >= 0 { return result }
      switch Int32(-result) {
      case EINTR: continue
      case EAGAIN: return nil
      case let errno: throw SystemError(call: "\(name)", errno: errno)
      }
    }
  }

  /// A call that does not wait: EAGAIN is an error as well.
  @discardableResult
  static func value(_ name: StaticString, _ call: () -> Int) throws(SystemError) -> Int {
    guard let value = try result(name, call) else {
      throw SystemError(call: "\(name)", errno: EAGAIN)
    }
    return value
  }

  /// A call that makes a descriptor.
  static func descriptor(_ name: StaticString, _ call: () -> Int) throws(SystemError) -> Int32 {
    Int32(truncatingIfNeeded: try value(name, call))
  }
}
