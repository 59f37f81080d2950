import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// What retention does to the audit, whoever has written to the database.
@Suite(.timeLimit(.minutes(2))) struct AuditDroppingTests {
  /// Signs with a number.
  private struct Seal: AuditSeal {
    var key: Int
    var keyId: String { "\(key)" }

    func code(for bytes: [UInt8]) -> [UInt8] { code(for: bytes, key) }

    private func code(for bytes: [UInt8], _ key: Int) -> [UInt8] {
      var digest = Digest()
      digest.combine(UInt64(key))
      for byte in bytes { digest.combine(byte) }
      return Array("\(digest.high)".utf8)
    }

    func isValid(_ code: [UInt8], for bytes: [UInt8], keyId: String) -> Bool? {
      rank(ofKey: keyId).map { code == self.code(for: bytes, $0) }
    }

    func rank(ofKey id: String) -> Int? { Int(id).flatMap { (1...key).contains($0) ? $0 : nil } }
  }

  private struct Rows {
    let directory: TemporaryDirectory
    let connection: Connection
    let uptime = TestClock()
    let transaction: Transaction

    init(key: Int = 1) throws {
      directory = try TemporaryDirectory()
      connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
      var options = SQLiteStoreOptions()
      let uptime = uptime
      options.uptime = { uptime.now.microseconds }
      transaction = Transaction(
        connection, Retention(options, RetentionClock(elapsed: 0, uptime: options.uptime)),
        auditSeal: Seal(key: key))
      transaction.isAlone = true
      try connection.execute("BEGIN")
      for second in 0..<6 {
        uptime.set(seconds: Int64(second))
        try transaction.recordAudit(AuditDroppingTests.event(second))
      }
    }

    /// Drops what was written before this second by both clocks.
    func forget(before second: Int64, wall: Int64? = nil, limit: Int = 100) throws -> Int {
      try transaction.forgetAudit(
        keptBefore: second * 1_000_000,
        wallTime: Timestamp(microseconds: (wall ?? second) * 1_000_000), limit: limit)
    }

    func finding(_ seal: Seal = Seal(key: 1)) throws -> AuditVerification.Finding? {
      let extent = try transaction.auditExtent()
      var verification = AuditVerification(from: extent.anchor, seal)
      for record in try transaction.auditRecords(AuditQuery(sequences: 1...99, limit: 99)) {
        verification.look(at: record)
      }
      verification.end(at: extent.head)
      return verification.finding
    }
  }

  private static func event(_ second: Int) -> AuditEvent {
    AuditEvent(
      at: Timestamp(microseconds: Int64(second) * 1_000_000),
      principal: Principal(name: "ada", isVerified: true), method: "a/b")
  }

  @Test func `drops from the beginning, and the rest is a chain`() throws {
    let rows = try Rows()
    #expect(try rows.forget(before: 3) == 3)
    #expect(try rows.finding() == nil)
    #expect(try rows.forget(before: 3) == 0)
    #expect(try rows.forget(before: 99, limit: 2) == 2)
    #expect(try rows.forget(before: 99) == 1)
    #expect(try rows.finding() == nil)
    // The numbers go on.
    try rows.transaction.recordAudit(Self.event(7))
    #expect(try rows.transaction.auditExtent().head.sequence == 7)
    #expect(try rows.finding() == nil)
  }

  @Test func `neither clock alone drops anything`() throws {
    let rows = try Rows()
    #expect(try rows.forget(before: 99, wall: 0) == 0)
    #expect(try rows.forget(before: 0, wall: 99) == 0)
  }

  @Test(arguments: [
    "UPDATE audit_event SET kept_from = -1 WHERE sequence = 1",
    "UPDATE audit_event SET at = 0 WHERE sequence = 3",
    "UPDATE audit_event SET principal = 'eve' WHERE sequence = 2",
    "DELETE FROM audit_event WHERE sequence = 2",
    "UPDATE audit_state SET dropped_sequence = 1, dropped_code = x'00'",
  ])
  func `signs for nothing that somebody else did`(_ statement: String) throws {
    let rows = try Rows()
    try rows.connection.execute(statement)
    #expect(throws: Transaction.AuditFault.self) { try rows.forget(before: 99) }
    #expect(try rows.finding() != nil)
  }

  @Test func `a new key takes over with an event, and signs the place of dropped rows anew`() throws
  {
    let rows = try Rows()
    #expect(try rows.forget(before: 2) == 2)
    let key = Seal(key: 2)
    let transaction = Transaction(rows.connection, rows.transaction.retention, auditSeal: key)
    transaction.isAlone = true
    #expect(try rows.finding(key)?.fault == .keyOutdated)
    for _ in 0..<2 { try transaction.takeOverAudit(at: Samples.time(9)) }
    #expect(try rows.finding(key) == nil)
    #expect(try transaction.auditExtent().head.sequence == 7)
    // The same key again changes nothing; nor is a foreign note signed.
    try rows.connection.execute("UPDATE audit_state SET dropped_code = x'00', key_id = '1'")
    try transaction.takeOverAudit(at: Samples.time(9))
    #expect(try rows.finding(key)?.fault == .anchorForged)
  }

  /// Before anything was written under the new key, and before anybody has looked.
  @Test(arguments: [0, 2, 6])
  func `what is dropped first under a new key comes behind the event too`(
    dropped: Int
  ) throws {
    let rows = try Rows()
    #expect(try rows.forget(before: Int64(min(dropped, 5))) == min(dropped, 5))
    let key = Seal(key: 2)
    let transaction = Transaction(rows.connection, rows.transaction.retention, auditSeal: key)
    transaction.isAlone = true
    let count = try transaction.forgetAudit(
      keptBefore: 99_000_000, wallTime: Timestamp(microseconds: 99_000_000), limit: 100)
    #expect(count == 6 - min(dropped, 5))
    #expect(try rows.finding(key) == nil)
    let events = try transaction.auditRecords(AuditQuery(sequences: 1...99, limit: 99))
    #expect(events.map(\.sequence) == [7] && events[0].keyId == "2")
    // The event that says so is there already.
    try transaction.takeOverAudit(at: Samples.time(9))
    #expect(try transaction.auditExtent().head.sequence == 7)
  }

  @Test func `whatever is written first under a new key comes behind the event that says so`()
    throws
  {
    let rows = try Rows()
    #expect(try rows.forget(before: 2) == 2)
    let key = Seal(key: 2)
    let transaction = Transaction(rows.connection, rows.transaction.retention, auditSeal: key)
    transaction.isAlone = true
    for second in 7...8 { try transaction.recordAudit(Self.event(second)) }
    let events = try transaction.auditRecords(AuditQuery(sequences: 7...99, limit: 99))
    #expect(
      events.map(\.event)
        == [.keyChange(at: Self.event(7).at), Self.event(7), Self.event(8)])
    #expect(try rows.finding(key) == nil)
    try transaction.takeOverAudit(at: Samples.time(9))
    #expect(try transaction.auditExtent().head.sequence == 9)
  }
}
