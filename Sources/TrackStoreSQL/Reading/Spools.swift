package import EventLoop
import Glibc
import Synchronization
import TrackDomain

/// What waits for readers that are slower than the store: on files without a name, which go with
/// who holds them, however the process ends. Any thread.
package final class Spools: Sendable {
  /// Bytes of one that stay in memory.
  static let memory = 256 << 10

  /// For the files; in memory only without a folder, in tests.
  let directory: String?
  /// Bytes on disk, all together; one spool may take half of it.
  let limit: Int
  private let used = Atomic<Int>(0)
  let thread: BlockingThread

  package init(directory: String?, limit: Int) throws(SystemError) {
    self.directory = directory
    self.limit = limit
    thread = try BlockingThread(name: "store-spool")
  }

  package func make() -> Spool { Spool(self) }

  /// Takes room for bytes; false when there is none.
  func take(_ bytes: Int) -> Bool {
    let now = used.add(bytes, ordering: .relaxed).newValue
    if now <= limit { return true }
    give(bytes)
    return false
  }

  func give(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }

  /// Bytes that wait on the disk, for tests.
  package var usedBytes: Int { used.load(ordering: .relaxed) }

  package func shutdown() async { await thread.shutdown() }
}

/// One spool. It is written first, and then read.
package actor Spool: StateSpool {
  private let spools: Spools
  /// Records with their lengths: of the beginning, until there are too many for the memory; then of
  /// what is to be written or was read.
  private var buffer: [UInt8] = []
  private var file: SpoolFile?
  private var written = 0
  private var position = 0
  private var isReading = false

  init(_ spools: Spools) { self.spools = spools }

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe spools.thread.asUnownedSerialExecutor()
  }

  deinit { spools.give(written) }

  package func append(_ records: [[UInt8]]) throws {
    for record in records {
      guard let length = UInt32(exactly: record.count) else { throw SpoolFull() }
      for shift: UInt32 in [24, 16, 8, 0] {
        buffer.append(UInt8(truncatingIfNeeded: length >> shift))
      }
      buffer += record
    }
    if buffer.count > Spools.memory { try flush() }
  }

  private func flush() throws {
    if buffer.isEmpty { return }
    guard written + buffer.count <= spools.limit / 2, spools.take(buffer.count) else {
      throw SpoolFull()
    }
    written += buffer.count
    guard let directory = spools.directory else { throw SpoolFull() }
    if file == nil { file = try SpoolFile(in: directory) }
    try file?.append(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  package func next() throws -> [[UInt8]] {
    if !isReading {
      isReading = true
      if file != nil { try flush() }
    }
    guard let file else {
      defer { buffer = [] }
      return records(&buffer)
    }
    var found: [[UInt8]] = []
    // Until one is whole.
    while found.isEmpty, position < written {
      let count = min(Spools.memory, written - position)
      buffer += try file.read(count, at: position)
      position += count
      found = records(&buffer)
    }
    return found
  }

  /// Takes the records that are whole.
  private func records(_ bytes: inout [UInt8]) -> [[UInt8]] {
    var records: [[UInt8]] = []
    var start = 0
    while start + 4 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard start + 4 + length <= bytes.count else { break }
      records.append(Array(bytes[start + 4..<start + 4 + length]))
      start += 4 + length
    }
    bytes.removeFirst(start)
    return records
  }
}

/// A file without a name. Closed when it is released.
private final class SpoolFile {
  private let descriptor: Int32
  private var size = 0

  init(in directory: String) throws(SpoolFull) {
    let path = "\(directory)/trackd.spool-\(UniqueID.random())"
    // Not O_TMPFILE, which not every file system knows.
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw SpoolFull() }
    _ = unsafe unlink(path)
  }

  deinit { _ = Glibc.close(descriptor) }

  func append(_ bytes: [UInt8]) throws(SpoolFull) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe pwrite(
          descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(size + done))
      }
      if count < 0 && errno == EINTR { continue }
      // A full disk, mostly.
      guard count > 0 else { throw SpoolFull() }
      done += count
    }
    size += bytes.count
  }

  func read(_ count: Int, at position: Int) throws(StoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let result = unsafe bytes.withUnsafeMutableBytes {
        unsafe pread(
          descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(position + done))
      }
      if result < 0 && errno == EINTR { continue }
      guard result > 0 else {
        throw StoreError(.unavailable, "what waits for a reader cannot be read: errno \(errno)")
      }
      done += result
    }
    return bytes
  }
}
