// `struct stat` counts as a part of either.
import CLinux
import Glibc

/// A file that was read whole, and who may have written it.
public struct ReadFile: Sendable {
  public private(set) var bytes: [UInt8]
  /// Whether its group or everybody may write it.
  public let othersMayWrite: Bool
  /// Whether everybody may read it.
  public let everybodyMayRead: Bool

  /// Reads a regular file of at most `limit` bytes. Blocks.
  ///
  /// - Throws: EISDIR for what is no regular file, EFBIG for a longer one.
  public init(_ path: String, limit: Int) throws(SystemError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw SystemError(call: "open", errno: errno) }
    defer { close(descriptor) }
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else {
      throw SystemError(call: "stat", errno: errno)
    }
    guard info.st_mode & S_IFMT == S_IFREG else { throw SystemError(call: "open", errno: EISDIR) }
    othersMayWrite = info.st_mode & (S_IWGRP | S_IWOTH) != 0
    everybodyMayRead = info.st_mode & S_IROTH != 0
    guard info.st_size <= limit else { throw SystemError(call: "read", errno: EFBIG) }
    bytes = []
    do throws(SystemError) {
      // A byte more than there should be tells whether there are more after all.
      try fill(from: descriptor, upTo: Int(info.st_size) + 1)
      if bytes.count > info.st_size { try fill(from: descriptor, upTo: limit + 1) }
      if bytes.count > limit { throw SystemError(call: "read", errno: EFBIG) }
    } catch {
      wipe()
      throw error
    }
  }

  /// Reads on until there are `room` bytes, or the file ends. They go into one array, which does not
  /// grow: no copy is left behind.
  private mutating func fill(from descriptor: Int32, upTo room: Int) throws(SystemError) {
    var earlier = self
    var failure: SystemError?
    bytes = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
      filled = unsafe buffer.initialize(fromContentsOf: earlier.bytes)
      while filled < room, let start = buffer.baseAddress {
        let count = unsafe read(descriptor, start + filled, room - filled)
        if count < 0, errno == EINTR { continue }
        if count < 0 { failure = SystemError(call: "read", errno: errno) }
        if count <= 0 { break }
        filled += count
      }
    }
    earlier.wipe()
    if let failure { throw failure }
  }

  /// Writes zeros over the bytes, and leaves none: for a file with secrets, when what was needed was
  /// taken out. Copies of `bytes` stay as they are.
  public mutating func wipe() {
    unsafe bytes.withUnsafeMutableBytes { bytes in
      if let start = bytes.baseAddress { unsafe explicit_bzero(start, bytes.count) }
    }
    bytes = []
  }
}
