import CSQLite

/// The frames of a write-ahead log, read without SQLite ("The WAL File Format" in SQLite's
/// description of its file format).
struct LogFrames {
  /// What two starts of the log have in common by chance only.
  struct Salts: Equatable {
    var first: UInt32
    var second: UInt32
  }

  /// The running sums of everything before, which tie a frame to the one before it.
  struct Sums: Equatable {
    var first: UInt32 = 0
    var second: UInt32 = 0

    mutating func add(_ bytes: [UInt8], _ range: Range<Int>, isBigEndian: Bool) {
      unsafe bytes.withUnsafeBytes {
        let part = unsafe UnsafeRawBufferPointer(rebasing: $0[range])
        unsafe csqlite_log_sums(
          part.baseAddress, part.count, isBigEndian ? 1 : 0, &first, &second)
      }
    }
  }

  struct Frame {
    var page: UInt32
    /// Whether a transaction ends with it.
    var isCommit: Bool
    var salts: Salts
    /// As they stand in the frame.
    var sums: Sums
  }

  static let headerSize = 32
  private static let frameHeaderSize = 24

  private let file: StoredFile
  let pageSize: Int
  var isBigEndian: Bool
  /// Of the header; nil for one that is damaged.
  let start: (salts: Salts, sums: Sums)?
  /// The sums that stand in the header, be it damaged.
  let headerSums: Sums
  /// The frame that was read last, header and page.
  private var bytes: [UInt8]

  /// - Parameter pageSize: the database's, for a log whose header does not tell.
  init(_ file: StoredFile, orPageSize pageSize: Int) throws(SQLiteError) {
    var header = [UInt8](repeating: 0, count: Self.headerSize)
    if file.size >= Int64(header.count) { try file.read(&header, at: 0) }
    let found = Self.parse(header)
    self.file = file
    start = found.map { ($0.salts, $0.sums) }
    headerSums = Sums(first: header.word(at: 24), second: header.word(at: 28))
    isBigEndian = found?.isBigEndian ?? false
    self.pageSize = found?.pageSize ?? pageSize
    bytes = [UInt8](repeating: 0, count: Self.frameHeaderSize + self.pageSize)
  }

  private static func parse(
    _ header: [UInt8]
  ) -> (salts: Salts, sums: Sums, pageSize: Int, isBigEndian: Bool)? {
    let magic = header.word(at: 0)
    let pageSize = Int(header.word(at: 8))
    guard magic & ~1 == 0x377F_0682, header.word(at: 4) == 3_007_000, isPageSize(pageSize)
    else { return nil }
    var sums = Sums()
    sums.add(header, 0..<24, isBigEndian: magic & 1 == 1)
    guard sums == Sums(first: header.word(at: 24), second: header.word(at: 28)) else {
      return nil
    }
    let salts = Salts(first: header.word(at: 16), second: header.word(at: 20))
    return (salts, sums, pageSize, magic & 1 == 1)
  }

  static func isPageSize(_ size: Int) -> Bool {
    size >= 512 && size <= 65536 && size & (size - 1) == 0
  }

  /// How many frames the file has room for, whatever they hold.
  var count: Int { Int(max(0, file.size - Int64(Self.headerSize))) / bytes.count }

  /// Reads a frame; `page` and `isTied` are about it until the next one is read.
  mutating func read(_ index: Int) throws(SQLiteError) -> Frame {
    try file.read(&bytes, at: Int64(Self.headerSize) + Int64(index) * Int64(bytes.count))
    return Frame(
      page: bytes.word(at: 0), isCommit: bytes.word(at: 4) != 0,
      salts: Salts(first: bytes.word(at: 8), second: bytes.word(at: 12)),
      sums: Sums(first: bytes.word(at: 16), second: bytes.word(at: 20)))
  }

  /// Whether the frame read last is whole and was written behind what has these sums.
  func isTied(_ frame: Frame, to before: Sums) -> Bool {
    var sums = before
    sums.add(bytes, 0..<8, isBigEndian: isBigEndian)
    sums.add(bytes, Self.frameHeaderSize..<bytes.count, isBigEndian: isBigEndian)
    return sums == frame.sums
  }

  /// The page in the frame read last.
  var page: ArraySlice<UInt8> { bytes[Self.frameHeaderSize...] }
}

extension [UInt8] {
  /// Four bytes, high first.
  fileprivate func word(at index: Int) -> UInt32 {
    UInt32(self[index]) << 24 | UInt32(self[index + 1]) << 16 | UInt32(self[index + 2]) << 8
      | UInt32(self[index + 3])
  }
}
