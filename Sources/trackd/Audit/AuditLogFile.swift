// `struct stat` counts as a part of either.
import CLinux
import EventLoop
import Glibc
import TrackDomain
import TrackServices

/// The file of `--audit-log`: one event a line, in JSON, in the order of the audit.
///
/// The audit itself is in the store; the file is for who collects it. Works on a thread of its own,
/// which waits for the disk.
actor AuditLogFile {
  /// Why a file cannot be the log of the audit.
  enum Fault: Error, CustomStringConvertible {
    /// A pipe, say, whose reader may stop at any time.
    case notAFile
    /// It has something else in it.
    case foreign
    case system(SystemError)

    var description: String {
      switch self {
      case .notAFile: "is no file"
      case .foreign: "has something else in it than events of the audit"
      case .system(let error): "\(error)"
      }
    }
  }

  /// What a disk does with a descriptor; each returns an errno, 0 for success.
  struct Disk: Sendable {
    /// Returns when the data is on the disk.
    var sync: @Sendable (Int32) -> Int32 = { fdatasync($0) == 0 ? 0 : errno }
    /// Cuts the file off behind so many bytes.
    var cut: @Sendable (Int32, Int) -> Int32 = { ftruncate($0, $1) == 0 ? 0 : errno }
  }

  private nonisolated let thread: BlockingThread
  nonisolated let path: String
  private let disk: Disk
  private var descriptor: Int32
  /// Where lines begin that were not written as a whole, and could not be cut off so far.
  private var spoiltFrom: Int?

  /// Opens the file, which is made where it is missing. Half a line at its end, after a crash, is
  /// cut off. Blocks.
  init(_ path: String, on disk: Disk = Disk()) throws(Fault) {
    self.path = path
    self.disk = disk
    descriptor = try Self.open(path)
    do throws(Fault) {
      try Self.check(descriptor, on: disk)
    } catch {
      _ = close(descriptor)
      throw error
    }
    do throws(SystemError) {
      thread = try BlockingThread(name: "audit-log")
    } catch {
      throw .system(error)
    }
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  /// Opens the file anew, for it may have been moved away. When that fails, or the file is still the
  /// same, the one that was open stays open.
  func reopen() throws(Fault) {
    let new = try Self.open(path)
    do throws(Fault) {
      if descriptor >= 0, try Self.isSame(new, descriptor) {
        _ = close(new)
        return
      }
      try Self.check(new, on: disk)
    } catch {
      _ = close(new)
      throw error
    }
    // The old one is somebody else's: it has whole lines if that is possible.
    try? cutSpoilt()
    spoiltFrom = nil
    if descriptor >= 0 { _ = close(descriptor) }
    descriptor = new
  }

  private static func isSame(_ one: Int32, _ other: Int32) throws(Fault) -> Bool {
    let (one, other) = (try status(of: one), try status(of: other))
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino
  }

  private static func status(of descriptor: Int32) throws(Fault) -> stat {
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else {
      throw .system(SystemError(call: "stat", errno: errno))
    }
    return info
  }

  private static func open(_ path: String) throws(Fault) -> Int32 {
    // O_NONBLOCK: a pipe is not waited for, only refused.
    let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
    let descriptor = unsafe Glibc.open(path, flags, 0o600)
    guard descriptor >= 0 else { throw .system(SystemError(call: "open", errno: errno)) }
    return descriptor
  }

  /// Requires that the file has events and nothing else, and cuts off half a line at its end.
  private static func check(_ descriptor: Int32, on disk: Disk) throws(Fault) {
    let info = try status(of: descriptor)
    if info.st_mode & S_IFMT == S_IFCHR { return }
    guard info.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
    let (start, tail) = tail(of: descriptor)
    guard let newline = tail.lastIndex(of: UInt8(ascii: "\n")) else {
      if tail.isEmpty { return }
      let beginning = AuditLine.beginning.prefix(tail.count)
      guard start == 0, tail.prefix(beginning.count).elementsEqual(beginning) else {
        throw .foreign
      }
      return try cut(descriptor, 0, on: disk)
    }
    guard last(tail[..<newline]) != nil else { throw .foreign }
    if newline + 1 < tail.count { try cut(descriptor, start + newline + 1, on: disk) }
  }

  private static func cut(_ descriptor: Int32, _ length: Int, on disk: Disk) throws(Fault) {
    let error = disk.cut(descriptor, length)
    guard error == 0 else { throw .system(SystemError(call: "ftruncate", errno: error)) }
  }

  /// More than a line has.
  private static let tailBytes = 1 << 20

  /// The last bytes of the file, and where they begin.
  private static func tail(of descriptor: Int32) -> (start: Int, bytes: [UInt8]) {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end > 0 else { return (0, []) }
    var tail = [UInt8](repeating: 0, count: min(end, tailBytes))
    let start = end - tail.count
    let count = unsafe pread(descriptor, &tail, tail.count, start)
    return count == tail.count ? (start, tail) : (0, [])
  }

  private static func last(_ lines: ArraySlice<UInt8>) -> AuditHead? {
    AuditLine.head(lines.split(separator: UInt8(ascii: "\n")).last ?? [])
  }

  /// The last event of the file; nil when it has none.
  func last() -> AuditHead? {
    let tail = Self.tail(of: descriptor).bytes
    return Self.last(tail[..<(tail.lastIndex(of: UInt8(ascii: "\n")) ?? 0)])
  }

  /// Writes whole lines, and returns when the disk has them. When that fails, the file has none of
  /// them, at the latest before others are written.
  func write(_ lines: [UInt8]) throws(Fault) {
    do throws(SystemError) {
      try cutSpoilt()
      let before = lseek(descriptor, 0, SEEK_END)
      // Half a line would spoil the next one, and what is not on the disk comes again.
      spoiltFrom = before >= 0 ? before : nil
      do throws(SystemError) {
        try append(lines)
        spoiltFrom = nil
      } catch {
        try? cutSpoilt()
        throw error
      }
    } catch {
      throw .system(error)
    }
  }

  private func cutSpoilt() throws(SystemError) {
    guard let length = spoiltFrom else { return }
    // Somebody may have cut off more: a file is not made longer.
    let error = lseek(descriptor, 0, SEEK_END) > length ? disk.cut(descriptor, length) : 0
    // A device has nothing to cut off.
    guard error == 0 || error == EINVAL else { throw SystemError(call: "ftruncate", errno: error) }
    spoiltFrom = nil
  }

  private func append(_ lines: [UInt8]) throws(SystemError) {
    var rest = lines[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        throw SystemError(call: "write", errno: errno)
      }
    }
    let error = disk.sync(descriptor)
    // A device has nothing to sync.
    guard error == 0 || error == EINVAL || error == EROFS else {
      throw SystemError(call: "fdatasync", errno: error)
    }
  }

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
