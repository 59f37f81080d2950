import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// What is kept long enough is dropped, along with the writes.
@Suite struct ReaperTests {
  private func request(_ low: UInt64, at time: Timestamp) -> RememberedRequest {
    RememberedRequest(
      key: RequestKey(
        caller: "ci", method: .createDeploymentTrack, id: UniqueID(high: 1, low: low)),
      digest: Digest(), response: [], at: time)
  }

  @Test func `old requests and changes are forgotten, oldest first and a few at a time`() throws {
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    let transaction = Transaction(connection)
    for number in 0..<10 {
      try transaction.rememberRequest(request(UInt64(number), at: Samples.time(Int64(9 - number))))
      try transaction.appendChange(
        Samples.change(of: Samples.track("t\(number)", at: Int64(number))))
    }
    #expect(try transaction.forgetRequests(before: Samples.time(5), limit: 3) == 3)
    #expect(try connection.integer("SELECT min(at) FROM request") == Samples.time(3).microseconds)
    #expect(try transaction.forgetRequests(before: Samples.time(5), limit: 100) == 2)
    #expect(try transaction.forgetRequests(before: Samples.time(5), limit: 100) == 0)
    #expect(try transaction.forgetChanges(before: Samples.time(5), limit: 3) == 3)
    #expect(try transaction.forgetChanges(before: Samples.time(5), limit: 100) == 2)
    #expect(try transaction.changes(after: 0, limit: 100).map(\.sequence) == [6, 7, 8, 9, 10])
  }

  @Test func `writes drop what is older than the retention`() async throws {
    let options = SQLiteStoreOptions(
      requestRetention: .seconds(60), changeRetention: .seconds(120),
      clock: { Samples.time(100_000_000) })
    try await withStore(options: options) { store in
      let old = request(1, at: Samples.time(39_999_999))
      let young = request(2, at: Samples.time(40_000_000))
      try await store.write { transaction in
        try transaction.rememberRequest(old)
        try transaction.rememberRequest(young)
      }
      try await expectRead(store, [false, true]) { reader in
        [try reader.request(old.key) != nil, try reader.request(young.key) != nil]
      }
    }
  }

  @Test func `a sequence is not used again when the newest change was dropped`() throws {
    let directory = try TemporaryDirectory()
    let transaction = Transaction(
      try Connection.opening(DataDirectory(directory.path), vfs: nil))
    try transaction.appendChange(Samples.change(of: Samples.track("t1")))
    #expect(try transaction.forgetChanges(before: Samples.time(1), limit: 10) == 1)
    try transaction.appendChange(Samples.change(of: Samples.track("t2")))
    #expect(try transaction.changes(after: 0, limit: 10).map(\.sequence) == [2])
  }
}
