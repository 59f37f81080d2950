import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

@Suite(.timeLimit(.minutes(2))) struct ReaperTests {
  @Test func `runs once a second of its own clock`() throws {
    let uptime = TestClock()
    let clock = RetentionClock(elapsed: 7_000_000, uptime: { uptime.now.microseconds })
    var reaper = Reaper(Retention(SQLiteStoreOptions(), clock), batch: 1)
    let first = reaper.write()
    reaper.ran(try #require(first))
    #expect(reaper.write() == nil)
    uptime.set(microseconds: 999_999)
    #expect(reaper.write() == nil)
    uptime.set(microseconds: 1_000_000)
    #expect(reaper.write() != nil)
  }

  enum Kind: String, CaseIterable {
    case request, image
    case change = "change_log"
    case audit = "audit_event"

    func add(_ number: Int, in transaction: Transaction) throws {
      switch self {
      case .request:
        // The oldest request has the last key.
        let id = UniqueID(high: 1, low: UInt64(100 - number))
        try transaction.rememberRequest(
          RememberedRequest(
            key: RequestKey(caller: "ci", method: .putProject, id: id), digest: Digest(),
            response: [], at: Samples.time()))
      case .audit:
        try transaction.recordAudit(
          AuditEvent(
            at: .earliest, principal: Principal(name: "", isVerified: false), method: "a/b"))
      case .change: try transaction.appendChange(Samples.change(of: Samples.track("t1")))
      case .image:
        var image = Samples.image("i\(number)", commit: "0f")
        try transaction.insertImage(image)
        image.isSuperseded = true
        try transaction.updateImage(image)
      }
    }
  }

  @Test(arguments: Kind.allCases, [2, 3, 4])
  func `a run drops the oldest, and another one follows at once where there may be more`(
    _ kind: Kind, _ count: Int
  ) throws {
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    let uptime = TestClock()
    var options = SQLiteStoreOptions(
      requestRetention: .seconds(60), changeRetention: .seconds(60),
      supersededImageRetention: .seconds(60))
    options.auditRetention = .seconds(60)
    options.uptime = { uptime.now.microseconds }
    let retention = Retention(options, RetentionClock(elapsed: 0, uptime: options.uptime))
    let transaction = Transaction(connection, retention)
    transaction.isAlone = true
    try connection.execute("BEGIN")
    try Samples.putTracks(transaction)
    try connection.execute("DELETE FROM change_log")
    for number in 0..<count {
      uptime.set(seconds: Int64(number))
      try kind.add(number, in: transaction)
    }
    uptime.set(seconds: 100)
    var reaper = Reaper(retention, batch: 3)
    let write = try #require(reaper.write())
    write.run(in: transaction)
    reaper.ran(write)
    let left = try connection.integer("SELECT count(*) FROM \(kind.rawValue)")
    #expect(left == Int64(max(0, count - 3)))
    if count > 3 {
      let oldest = try connection.integer("SELECT min(kept_from) FROM \(kind.rawValue)")
      #expect(oldest == 3_000_000)
    }
    #expect((reaper.write() != nil) == (count >= 3))
  }

  @Test func `the clock goes on from where it was`() {
    let uptime = TestClock()
    let clock = RetentionClock(elapsed: 7_000_000, uptime: { uptime.now.microseconds })
    #expect(clock.now == 7_000_000)
    uptime.set(seconds: 3)
    #expect(clock.now == 10_000_000)
    #expect(clock.limit(.seconds(4)) == 6_000_000)
    #expect(clock.limit(.milliseconds(1500)) == 8_500_000)
    #expect(clock.limit(.seconds(400)) < 0)
    #expect(clock.limit(.seconds(Int64.max)) == .min)
    uptime.set(seconds: -300)
    #expect(clock.now == 0)
  }
}
