// `struct stat` counts as a part of either.
import CLinux
import Glibc

/// A file that was read whole, and who may have written it.
public struct ReadFile: Sendable {
  public let bytes: [UInt8]
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
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = unsafe read(descriptor, &piece, piece.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError(call: "read", errno: errno)
      }
      if count == 0 { break }
      guard bytes.count + count <= limit else { throw SystemError(call: "read", errno: EFBIG) }
      bytes += piece[..<count]
    }
    self.bytes = bytes
  }
}
