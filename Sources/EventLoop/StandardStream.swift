import CLinux

/// Where a process speaks to who started it.
public enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Puts /dev/null in the place of standard streams that the process was started without.
  ///
  /// To be called first thing in `main`: the next file, socket or lock to be opened would take the
  /// number, and be sent what is meant for people.
  public static func fillMissing() {
    // Fails only where there is no /dev/null; there is nobody to tell.
    _ = cl_fill_standard_descriptors()
  }

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
