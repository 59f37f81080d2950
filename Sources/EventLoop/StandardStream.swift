import CLinux

/// Where a process speaks to who started it.
public enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Writes all of it and waits as long as that takes; for threads that may block.
  ///
  /// What cannot be written is lost: there is nobody left to tell.
  public func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = try? SystemCall.value("write") {
        unsafe rest.withUnsafeBytes { unsafe cl_write(rawValue, $0.baseAddress, $0.count) }
      }
      guard let written else { return }
      rest = rest.dropFirst(written)
    }
  }

  public func write(_ text: String) { write(Array(text.utf8)) }
}
