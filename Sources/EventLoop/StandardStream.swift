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
  /// - Returns: how many bytes were written. Less than all means that an error has ended it.
  @discardableResult
  public func write(_ bytes: [UInt8]) -> Int {
    var rest = bytes[...]
    while !rest.isEmpty {
      do throws(SystemError) {
        let written = try SystemCall.result("write") {
          unsafe rest.withUnsafeBytes { unsafe cl_write(rawValue, $0.baseAddress, $0.count) }
        }
        // Somebody who shares the stream has made it one that does not wait.
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

  /// How wide it is where it is a terminal that knows; else nil.
  public var columns: Int? {
    let columns = cl_terminal_columns(rawValue)
    return columns > 0 ? columns : nil
  }

  @discardableResult
  public func write(_ text: String) -> Int { write(Array(text.utf8)) }
}
