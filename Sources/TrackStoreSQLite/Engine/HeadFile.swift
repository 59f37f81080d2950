import Glibc
import TrackDomain
import TrackStoreSQL

/// The newest change, written beside the database now and then: a database that lacks it at the
/// next start was put back to an earlier state, by a backup for instance that holds the database
/// alone.
///
/// It is only a hint. It is written after the commit, and not synced; what cannot be read says
/// nothing.
struct HeadFile: Sendable {
  let path: String

  struct Head: Equatable {
    var databaseId: UniqueID
    var position: LogPosition
  }

  init(_ directory: DataDirectory) {
    path = directory.path + "/trackd.head"
  }

  func read() -> Head? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { _ = Glibc.close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard count > 0 else { return nil }
    let words = String(decoding: bytes.prefix(count), as: UTF8.self)
      .split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard words.count == 5, words[4] == "end", let high = UInt64(words[0], radix: 16),
      let low = UInt64(words[1], radix: 16), let sequence = Int64(words[2]), sequence >= 0,
      let digest = UInt64(words[3], radix: 16)
    else { return nil }
    return Head(
      databaseId: UniqueID(high: high, low: low),
      position: LogPosition(sequence: sequence, digest: digest))
  }

  /// Whether it could be written. Its length stays, so that the last write is all of it.
  @discardableResult
  func write(_ head: Head) -> Bool {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return false }
    defer { _ = Glibc.close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else { return false }
    let text =
      "\(hex(head.databaseId.high)) \(hex(head.databaseId.low)) \(decimal(head.position.sequence)) "
      + "\(hex(head.position.digest)) end\n"
    let bytes = Array(text.utf8)
    let count = unsafe bytes.withUnsafeBytes {
      unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0)
    }
    return count == bytes.count
  }

  private func hex(_ number: UInt64) -> String { padded(String(number, radix: 16), 16) }

  private func decimal(_ number: Int64) -> String { padded(String(number), 19) }

  private func padded(_ text: String, _ count: Int) -> String {
    String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }
}
