import CLinux

/// The standard output and the standard error of this process.
public enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Puts /dev/null in the place of standard streams that the process was started without.
  ///
  /// To be called first in `main`: otherwise the next file or socket to be opened takes the number
  /// of the missing stream, and output meant for people is written into it.
  public static func fillMissing() {
    // Fails only where there is no /dev/null, and there is no stream to report that on.
    _ = cl_fill_standard_descriptors()
  }

  /// Writes all of it and waits as long as that takes; for threads that may block.
  ///
  /// - Returns: how many bytes were written. Less than all means that an error has ended it.
  @discardableResult
  public func write(_ bytes: [UInt8]) -> Int {
    var rest = bytes[...]
    while !rest.isEmpty {
      do throws(SystemError) {
        let written = try SystemCall.result("write") {
          unsafe rest.withUnsafeBytes { unsafe cl_write(rawValue, $0.baseAddress, $0.count) }
        }
        // Another process that shares the stream has made it non-blocking.
        guard let written else {
          SystemThread.sleep(microseconds: 10_000)
          continue
        }
        rest = rest.dropFirst(written)
      } catch {
        break
      }
    }
    return bytes.count - rest.count
  }

  /// The width of the terminal behind the stream; nil for no terminal, or one that does not tell.
  public var columns: Int? {
    let columns = cl_terminal_columns(rawValue)
    return columns > 0 ? columns : nil
  }

  @discardableResult
  public func write(_ text: String) -> Int { write(Array(text.utf8)) }
}
