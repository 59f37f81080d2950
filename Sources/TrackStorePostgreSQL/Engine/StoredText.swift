/// Texts as the database has them. PostgreSQL has no NUL in a text: U+0000 is stored as U+0001 and
/// `0`, and U+0001 as U+0001 and `1`. Different texts stay different, and nearly none has either.
enum StoredText {
  private static let mark: UInt8 = 1

  /// Whether the bytes have to be written otherwise.
  static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    unsafe !bytes.contains { $0 <= mark }
  }

  /// The bytes to store for a text's.
  static func stored(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var stored: [UInt8] = []
    stored.reserveCapacity(bytes.count + 8)
    for byte in unsafe [UInt8](bytes) {
      if byte <= mark {
        stored.append(mark)
        stored.append(UInt8(ascii: "0") + byte)
      } else {
        stored.append(byte)
      }
    }
    return stored
  }

  /// The text of stored bytes.
  static func text(_ stored: UnsafeRawBufferPointer) -> String {
    guard unsafe stored.contains(mark) else {
      return unsafe String(decoding: stored, as: UTF8.self)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(stored.count)
    var isMarked = false
    for byte in unsafe [UInt8](stored) {
      if byte == mark && !isMarked {
        isMarked = true
      } else {
        bytes.append(isMarked ? byte &- UInt8(ascii: "0") : byte)
        isMarked = false
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
