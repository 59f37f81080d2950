import EventLoop
import Glibc
import TrackServices

/// The file of `--audit-log`: one event a line, in JSON, in the order of the audit.
///
/// The audit itself is in the store; the file is for who collects it. Works on a thread of its own,
/// which waits for the disk.
actor AuditLogFile {
  private nonisolated let thread: BlockingThread
  nonisolated let path: String
  private var descriptor: Int32

  /// Opens the file, which is made where it is missing.
  init(_ path: String) throws(SystemError) {
    self.path = path
    thread = try BlockingThread(name: "audit-log")
    descriptor = try Self.open(path)
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  /// Opens the file anew, for it may have been moved away.
  func reopen() throws(SystemError) {
    let new = try Self.open(path)
    if descriptor >= 0 { _ = close(descriptor) }
    descriptor = new
  }

  private static func open(_ path: String) throws(SystemError) -> Int32 {
    let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY
    let new = unsafe Glibc.open(path, flags, 0o600)
    guard new >= 0 else { throw SystemError(call: "open", errno: errno) }
    return new
  }

  /// Writes whole lines, and returns when the disk has them.
  func write(_ lines: [UInt8]) throws(SystemError) {
    let before = lseek(descriptor, 0, SEEK_END)
    var rest = lines[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if written >= 0 {
        rest = rest.dropFirst(written)
        continue
      }
      let code = errno
      if code == EINTR { continue }
      // Half a line would spoil the next one.
      if before >= 0 { _ = ftruncate(descriptor, before) }
      throw SystemError(call: "write", errno: code)
    }
    // What is no file, a pipe say, cannot be synced.
    guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw SystemError(call: "fdatasync", errno: errno)
    }
  }

  /// The number of the last event of the file; nil when it has none. What follows the last whole
  /// line, after a crash, is cut off.
  func lastSequence() -> Int64? {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end > 0 else { return nil }
    var tail = [UInt8](repeating: 0, count: min(end, Self.tailBytes))
    let start = end - tail.count
    let count = unsafe pread(descriptor, &tail, tail.count, start)
    guard count == tail.count, let newline = tail.lastIndex(of: UInt8(ascii: "\n")) else {
      return nil
    }
    if newline + 1 < tail.count { _ = ftruncate(descriptor, start + newline + 1) }
    let line = tail[..<newline].split(separator: UInt8(ascii: "\n")).last ?? []
    return AuditLine.sequence(line)
  }

  /// More than a line has.
  private static let tailBytes = 1 << 20

  /// Ends the thread. Once.
  nonisolated func shutdown() async {
    await end()
    await thread.shutdown()
  }

  private func end() {
    if descriptor >= 0 { _ = close(descriptor) }
    descriptor = -1
  }
}
