import TrackDomain
import TrackStoreSQL

/// Keeps the newest change beside the database, and finds out at a start that the database has lost
/// it. Lives on the writer's thread.
struct HeadKeeper {
  private let file: HeadFile
  private var kept: HeadFile.Head?

  init(_ file: HeadFile) { self.file = file }

  /// Compares what is kept with what the database has, and notes there what is missing.
  ///
  /// - Returns: the number of the newest change that was there once, if the database lost it.
  func lost(_ transaction: Transaction) -> Int64? {
    guard let head = file.read(), let isThere = try? isThere(head, transaction) else { return nil }
    if isThere { return nil }
    // On a full disk it is noted when a watch shows its token.
    transaction.isAlone = true
    try? transaction.noteRestore()
    return head.position.sequence
  }

  private func isThere(_ head: HeadFile.Head, _ transaction: Transaction) throws -> Bool {
    guard try transaction.databaseId() == head.databaseId else { return true }
    let newest = try transaction.newestChange()
    if head.position.sequence > newest { return false }
    // Dropped by now, in order.
    if head.position.sequence + 1 < (try transaction.oldestChange() ?? newest + 1) { return true }
    return try transaction.position(behind: head.position.sequence) == head.position
  }

  mutating func keep(_ transaction: Transaction) {
    guard let newest = try? transaction.newestChange(), newest != kept?.position.sequence,
      let position = try? transaction.position(behind: newest),
      let id = try? transaction.databaseId()
    else { return }
    let head = HeadFile.Head(databaseId: id, position: position)
    if file.write(head) { kept = head }
  }
}
