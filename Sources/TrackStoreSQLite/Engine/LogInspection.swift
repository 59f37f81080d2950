/// What a start would lose without a word: committed writes that are in the log, but that SQLite
/// would pass over, and that the database does not have.
///
/// A power cut leaves none: a transaction is synced before the next one is written behind it, and a
/// log is in the database and synced before its header is written anew.
enum LogInspection {
  enum Damage: Equatable {
    /// The log belongs to a database that is missing or empty.
    case noDatabase
    /// SQLite would ignore the log for its header, though the database lacks pages of it.
    case header
    /// A frame, from 0, is damaged, and transactions were committed behind its own.
    case frame(Int)

    var description: String {
      switch self {
      case .noDatabase: "the database is missing or empty, and its log has committed writes"
      case .header: "the header of the log is damaged, and the database lacks writes of it"
      case .frame(let index): "frame \(index) of the log is damaged, and commits come after it"
      }
    }
  }

  /// To be called before SQLite opens the database.
  static func damage(of databasePath: String, vfs: String?) throws(SQLiteError) -> Damage? {
    guard let log = try StoredFile.open(databasePath + "-wal", vfs: vfs),
      log.size > Int64(LogFrames.headerSize)
    else { return nil }
    var database = try StoredFile.open(databasePath, vfs: vfs)
    if database?.size == 0 { database = nil }
    var frames = try LogFrames(log, orPageSize: try pageSize(of: database) ?? 4096)
    if let start = frames.start {
      return try damage(of: &frames, from: start, hasDatabase: database != nil)
    }
    guard let pages = try committedPages(&frames) else { return nil }
    guard let database else { return .noDatabase }
    return try isComplete(database, pages, &frames) ? nil : .header
  }

  /// As the database's header has it.
  private static func pageSize(of file: StoredFile?) throws(SQLiteError) -> Int? {
    guard let file, file.size >= 100 else { return nil }
    var header = [UInt8](repeating: 0, count: 100)
    try file.read(&header, at: 0)
    let size = Int(header[16]) << 8 | Int(header[17])
    // 65536 does not fit, and is written as 1.
    let pageSize = size == 1 ? 65536 : size
    return LogFrames.isPageSize(pageSize) ? pageSize : nil
  }

  // MARK: A log whose header is whole

  private static func damage(
    of frames: inout LogFrames, from start: (salts: LogFrames.Salts, sums: LogFrames.Sums),
    hasDatabase: Bool
  ) throws(SQLiteError) -> Damage? {
    var sums = start.sums
    for index in 0..<frames.count {
      let frame = try frames.read(index)
      guard frame.salts == start.salts, frames.isTied(frame, to: sums) else {
        return try wasSynced(index, frame, start.salts, &frames) ? .frame(index) : nil
      }
      if frame.isCommit && !hasDatabase { return .noDatabase }
      sums = frame.sums
    }
    return nil
  }

  /// Whether the transaction of a frame that is not in order was synced: something was written
  /// behind its commit. Frames left over from before are tied to none of this log.
  private static func wasSynced(
    _ index: Int, _ broken: LogFrames.Frame, _ salts: LogFrames.Salts, _ frames: inout LogFrames
  ) throws(SQLiteError) -> Bool {
    var before = broken
    var hasCommit = broken.isCommit && broken.salts == salts
    for later in (index + 1)..<max(index + 1, frames.count) {
      let frame = try frames.read(later)
      let isTied = frame.salts == salts && frames.isTied(frame, to: before.sums)
      if hasCommit && isTied { return true }
      hasCommit = isTied && frame.isCommit
      before = frame
    }
    return false
  }

  // MARK: A log whose header is damaged

  /// The last committed frame of each page; nil when nothing was committed.
  private static func committedPages(
    _ frames: inout LogFrames
  ) throws(SQLiteError) -> [UInt32: Int]? {
    for isBigEndian in [false, true] {
      frames.isBigEndian = isBigEndian
      if let found = try committed(&frames) { return found }
    }
    return nil
  }

  private static func committed(
    _ frames: inout LogFrames
  ) throws(SQLiteError) -> [UInt32: Int]? {
    var pages: [UInt32: Int] = [:]
    // Of the transaction that has not ended.
    var open: [UInt32: Int] = [:]
    var before: LogFrames.Frame?
    // Whether the frame before is known to be whole: the first ones may be damaged, as the header
    // is.
    var isChain = false
    for index in 0..<frames.count {
      let frame = try frames.read(index)
      let continues =
        before.map { frame.salts == $0.salts && frames.isTied(frame, to: $0.sums) }
        ?? frames.isTied(frame, to: frames.headerSums)
      // What comes after the chain is older: it was in the database when the log started anew.
      if isChain && !continues { break }
      if !continues { open = [:] }
      if continues, !isChain, before?.isCommit == true { pages.merge(take(&open)) { $1 } }
      isChain = continues
      open[frame.page] = index
      if isChain && frame.isCommit { pages.merge(take(&open)) { $1 } }
      before = frame
    }
    return pages.isEmpty ? nil : pages
  }

  private static func take(_ pages: inout [UInt32: Int]) -> [UInt32: Int] {
    defer { pages = [:] }
    return pages
  }

  private static func isComplete(
    _ database: StoredFile, _ pages: [UInt32: Int], _ frames: inout LogFrames
  ) throws(SQLiteError) -> Bool {
    var page = [UInt8](repeating: 0, count: frames.pageSize)
    for (number, index) in pages {
      let offset = (Int64(number) - 1) * Int64(page.count)
      guard number > 0, offset + Int64(page.count) <= database.size else { return false }
      try database.read(&page, at: offset)
      _ = try frames.read(index)
      guard page[...] == frames.page else { return false }
    }
    return true
  }
}
