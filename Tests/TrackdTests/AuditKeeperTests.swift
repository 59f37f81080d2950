import Crypto
import EventLoop
import Foundation
import Synchronization
import Telemetry
import TestSupport
import Testing
import TrackAccess
import TrackController
import TrackDomain
import TrackServices
import TrackStoreSQLite

@testable import trackd

/// What happens to events between the store and the file when something fails.
@Suite(.timeLimit(.minutes(2))) struct AuditKeeperTests {
  /// A disk that fails as it is told.
  private final class BadDisk: Sendable {
    /// What it answers from now on; 0 for what the system does.
    let sync = Mutex<Int32>(0)
    let cut = Mutex<Int32>(0)

    var disk: AuditLogFile.Disk {
      let real = AuditLogFile.Disk()
      return AuditLogFile.Disk(
        sync: { [self] descriptor in
          let error = sync.withLock { $0 }
          return error == 0 ? real.sync(descriptor) : error
        },
        cut: { [self] descriptor, length in
          let error = cut.withLock { $0 }
          return error == 0 ? real.cut(descriptor, length) : error
        })
    }

    func fail(_ error: Int32, cut: Bool) {
      sync.withLock { $0 = error }
      self.cut.withLock { $0 = cut ? error : 0 }
    }
  }

  private struct Boom: Error {}

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  /// The numbers of the events of a file.
  private static func sequences(_ path: String) -> [Int64] {
    text(path).split(separator: "\n").map { AuditLine.head($0.utf8)?.sequence ?? -1 }
  }

  @Sendable private static func record(_ count: Int, in store: SQLiteTrackStore) async throws {
    for number in 0..<count {
      try await store.write {
        try $0.recordAudit(
          AuditEvent(
            at: Samples.time(Int64(number)), principal: Principal(name: "ada", isVerified: true),
            method: "a.B/C"))
      }
    }
  }

  private static func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(10)) }
  }

  @Test(arguments: [false, true])
  func `lines that a disk did not take are not in the file`(cutFails: Bool) async throws {
    try await withStore { _, directory in
      let path = "\(directory)/audit.jsonl"
      let bad = BadDisk()
      let file = try AuditLogFile(path, on: bad.disk)
      try await file.write(Array("one\n".utf8))
      bad.fail(EIO, cut: cutFails)
      for _ in 0..<2 {
        await #expect(throws: AuditLogFile.Fault.self) { try await file.write(Array("two\n".utf8)) }
      }
      #expect(Self.text(path) == (cutFails ? "one\ntwo\n" : "one\n"))
      bad.fail(0, cut: false)
      try await file.write(Array("three\n".utf8))
      #expect(Self.text(path) == "one\nthree\n")
      await file.shutdown()
    }
  }

  @Test func `a file that is opened anew and is the same is cut off all the same`() async throws {
    try await withStore { _, directory in
      let path = "\(directory)/audit.jsonl"
      let bad = BadDisk()
      let file = try AuditLogFile(path, on: bad.disk)
      try await file.write(Array("one\n".utf8))
      bad.fail(EIO, cut: true)
      await #expect(throws: AuditLogFile.Fault.self) { try await file.write(Array("tw".utf8)) }
      try await file.reopen()
      #expect(Self.text(path) == "one\ntw")
      bad.fail(0, cut: false)
      try await file.write(Array("three\n".utf8))
      #expect(Self.text(path) == "one\nthree\n")
      // Cut off more than what was spoilt: it does not grow.
      bad.fail(EIO, cut: true)
      await #expect(throws: AuditLogFile.Fault.self) { try await file.write(Array("four".utf8)) }
      try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: 0)
      bad.fail(0, cut: false)
      try await file.write(Array("five\n".utf8))
      #expect(Self.text(path) == "five\n")
      await file.shutdown()
    }
  }

  @Test func `half a first line is cut off, however short it is, or the file is not taken`()
    async throws
  {
    try await withStore { _, directory in
      let path = "\(directory)/audit.jsonl"
      let bad = BadDisk()
      for half in ["{", "{\"", String(decoding: AuditLine.beginning, as: UTF8.self) + "x"] {
        try half.write(toFile: path, atomically: true, encoding: .utf8)
        bad.fail(EIO, cut: true)
        #expect(throws: AuditLogFile.Fault.self) { _ = try AuditLogFile(path, on: bad.disk) }
        #expect(Self.text(path) == half)
        bad.fail(0, cut: false)
        let file = try AuditLogFile(path, on: bad.disk)
        #expect(Self.text(path) == "")
        await file.shutdown()
      }
      try "x".write(toFile: path, atomically: true, encoding: .utf8)
      #expect(throws: AuditLogFile.Fault.self) { _ = try AuditLogFile(path) }
      #expect(Self.text(path) == "x")
    }
  }

  private struct World {
    let store: SQLiteTrackStore
    let path: String
    let sink = Sink()
    let disk = BadDisk()
    let keeper: AuditKeeper
    let logger: Logger

    init(
      _ store: SQLiteTrackStore, in folder: String, refused: [RefusedCalls.Taken] = []
    ) throws {
      self.store = store
      path = "\(folder)/audit.jsonl"
      logger = try Logger(
        level: .info, format: .text, rate: 0, clock: { 0 }, output: { [sink] in sink.write($0) })
      let waiting = Refused(refused)
      keeper = AuditKeeper(
        store, file: try AuditLogFile(path, on: disk.disk), logger: logger,
        takeRefused: { waiting.take() }, now: { Samples.time(0) })
    }

    private final class Refused: Sendable {
      private let calls: Mutex<[RefusedCalls.Taken]>

      init(_ calls: [RefusedCalls.Taken]) { self.calls = Mutex(calls) }

      func take() -> [RefusedCalls.Taken] {
        calls.withLock { calls in
          defer { calls = [] }
          return calls
        }
      }
    }

    /// What `/metrics` tells of the audit.
    func metrics() async -> String {
      let taker = StoreCensusTaker { [store] in try await store.census() }
      await taker.refresh()
      let registry = MetricRegistry(AuditFamilies.make(store, keeper, taker))
      return String(decoding: registry.exposition(.text), as: UTF8.self)
    }

    func isLogged(_ text: String) -> Bool { sink.lines.contains { $0.contains(text) } }
  }

  /// Runs `body` on a store and a keeper that records meanwhile.
  private static func recording(
    _ body: (World) async throws -> Void, then check: (World) async throws -> Void = { _ in }
  ) async throws {
    try await withStore { store, directory in
      let world = try World(store, in: directory)
      defer { world.logger.shutdown() }
      do {
        try await world.keeper.record { try await body(world) }
      } catch is Boom {}
      try await check(world)
    }
  }

  @Test(arguments: [false, true])
  func `events that a disk does not take come when it does, and once`(cutFails: Bool) async throws {
    try await Self.recording { world in
      try await Self.record(3, in: world.store)
      try await Self.until { world.keeper.logged == 3 }
      world.disk.fail(ENOSPC, cut: cutFails)
      try await Self.record(2, in: world.store)
      try await Self.until { world.keeper.fileFailures.value >= 2 }
      #expect(world.keeper.logged == 3)
      try await Self.until { world.isLogged("the audit log cannot be written") }
      world.disk.fail(0, cut: false)
      try await Self.until { world.keeper.logged == 5 }
      try await Self.until { world.isLogged("the audit log is written again") }
    } then: { world in
      #expect(Self.sequences(world.path) == [1, 2, 3, 4, 5])
    }
  }

  @Test func `a file that cannot be opened anew is tried again, even without events`() async throws
  {
    try await Self.recording { world in
      try await Self.record(2, in: world.store)
      try await Self.until { world.keeper.logged == 2 }
      let files = FileManager.default
      let old = world.path + ".1"
      try files.moveItem(atPath: world.path, toPath: old)
      // Nobody opens a folder for writing.
      try files.createDirectory(atPath: world.path, withIntermediateDirectories: false)
      world.keeper.reopen()
      try await Self.until { world.isLogged("the audit log cannot be written") }
      try await Self.record(2, in: world.store)
      try await Self.until { world.keeper.fileFailures.value >= 2 }
      #expect(world.keeper.logged == 2 && Self.sequences(old) == [1, 2])
      try files.removeItem(atPath: world.path)
      try await Self.until { world.keeper.logged == 4 }
      #expect(Self.sequences(world.path) == [3, 4])
      // Nor does it take an event to see that all is well.
      try files.removeItem(atPath: world.path)
      world.keeper.reopen()
      try await Self.until { files.fileExists(atPath: world.path) }
      #expect(Self.sequences(old) == [1, 2])
    }
  }

  @Test(arguments: [0, 3])
  func `what ends with an error is in the file up to its end`(later: Int) async throws {
    try await Self.recording { world in
      try await Self.record(4, in: world.store)
      if later > 0 {
        try await Self.until { world.keeper.logged == 4 }
        try await Self.record(later, in: world.store)
      }
      throw Boom()
    } then: { world in
      #expect(Self.sequences(world.path) == (1...Int64(4 + later)).map { $0 })
    }
  }

  private static func refused(_ method: String, _ count: Int64, unnamed: Int64)
    -> RefusedCalls.Taken
  {
    let event = AuditEvent(
      at: Samples.time(0), count: count, principal: Principal(name: "eve", isVerified: true),
      method: method, outcome: "PERMISSION_DENIED")
    return RefusedCalls.Taken(event: event, unnamed: unnamed)
  }

  @Test func `metrics tell what became of events and refused calls`() async throws {
    try await withStore { store, directory in
      let calls = [
        Self.refused("a.B/C", 7, unnamed: 0), Self.refused("other", 30, unnamed: 28),
      ]
      let world = try World(store, in: directory, refused: calls)
      defer { world.logger.shutdown() }
      #expect(!(await world.metrics()).contains("trackd_audit_log_missing_events 0"))
      try await world.keeper.record {
        world.disk.fail(EIO, cut: false)
        try await Self.record(3, in: store)
        try await Self.until { world.keeper.fileFailures.value > 0 }
        #expect(await world.metrics().contains("\ntrackd_audit_log_missing_events 3\n"))
        world.disk.fail(0, cut: false)
      }
      let told = await world.metrics()
      for line in [
        #"trackd_audit_events_total{outcome="OK"} 3"#,
        #"trackd_audit_events_total{outcome="PERMISSION_DENIED"} 2"#,
        #"trackd_audit_refused_calls_total{event="own"} 9"#,
        #"trackd_audit_refused_calls_total{event="rest"} 28"#,
        #"trackd_audit_refused_calls_total{event="lost"} 0"#,
        "trackd_audit_log_missing_events 0",
      ] { #expect(told.contains("\n\(line)\n")) }
      #expect(!told.contains("\ntrackd_audit_log_failures_total 0\n"))
    }
  }

  @Test func `refused calls that the store does not take are told as lost`() async throws {
    try await withStore { store, directory in
      // The table has no event of no calls: the write fails as a whole.
      let calls = [Self.refused("a.B/C", 0, unnamed: 0), Self.refused("a.B/D", 5, unnamed: 0)]
      let world = try World(store, in: directory, refused: calls)
      try await world.keeper.record {}
      let told = await world.metrics()
      #expect(told.contains(#"trackd_audit_refused_calls_total{event="lost"} 5"#))
      #expect(told.contains(#"trackd_audit_refused_calls_total{event="own"} 0"#))
      world.logger.shutdown()
      #expect(world.isLogged("the store takes no events of refused calls"))
    }
  }

  /// A store that takes no writes as long as it is told so.
  private final class BusyStore: TrackStore, Sendable {
    let store: SQLiteTrackStore
    let refusal = Mutex<StoreError?>(nil)

    init(_ store: SQLiteTrackStore) { self.store = store }

    func read<Value: Sendable>(
      _ body: @Sendable (any StoreReader) throws -> Value
    ) async throws -> Value { try await store.read(body) }

    func write<Value: Sendable>(
      _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
    ) async throws -> Value {
      if let refusal = refusal.withLock({ $0 }) { throw refusal }
      return try await store.write(scope, body)
    }

    func withSnapshot<Value: Sendable>(
      limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
    ) async throws -> Value { try await store.withSnapshot(limit: limit, body) }

    func makeSpool() throws -> any StateSpool { try store.makeSpool() }
    var isExclusive: Bool { store.isExclusive }
    var state: StoreState { store.state }

    func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
      store.observeState(body)
    }

    @discardableResult
    func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
      store.observeCommits(body)
    }
  }

  /// A data folder whose audit has two events and, from now on, another key.
  private static func withNewKey(
    _ body: (BusyStore, AuditKeeper, Sink, Logger) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trackd-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let data = folder.appending(path: "data").path
    var options = SQLiteStoreOptions()
    options.auditSeal = { AuditKeys(signing: SecretBytes(copying: $0)) }
    try await fill(data, options)
    options.auditSeal = {
      AuditKeys(
        signing: SecretBytes(copying: Array(repeating: 7, count: 32)),
        others: [SecretBytes(copying: $0)])
    }
    let store = BusyStore(try SQLiteTrackStore.open(directory: data, options: options))
    let sink = Sink()
    let logger = try Logger(
      level: .info, format: .text, rate: 0, clock: { 0 }, output: { sink.write($0) })
    defer { logger.shutdown() }
    let keeper = AuditKeeper(
      store, file: nil, logger: logger, takeRefused: { [] }, now: { Samples.time(9) })
    do {
      try await body(store, keeper, sink, logger)
    } catch {
      await store.store.close()
      throw error
    }
    await store.store.close()
  }

  private static func fill(_ directory: String, _ options: SQLiteStoreOptions) async throws {
    let store = try SQLiteTrackStore.open(directory: directory, options: options)
    try await record(2, in: store)
    await store.close()
  }

  private static func methods(_ store: BusyStore) async throws -> [String] {
    try await store.read {
      try $0.auditRecords(AuditQuery(sequences: 1...99, limit: 99)).map(\.event.method)
    }
  }

  @Test(arguments: [StoreError.Kind.full, .unavailable], [false, true])
  func `a key that changes while nothing can be written takes over with the first write`(
    kind: StoreError.Kind, hasOthers: Bool
  ) async throws {
    try await Self.withNewKey { store, keeper, sink, logger in
      let done = "a.B/C"
      store.refusal.withLock { $0 = StoreError(kind, "") }
      try await keeper.begin()
      // Nor is the end of a process that could write nothing a fault.
      try await keeper.record {}
      #expect(try await Self.methods(store) == [done, done])
      store.refusal.withLock { $0 = nil }
      if hasOthers { try await Self.record(2, in: store.store) }
      // Its end is also that of a minute.
      try await keeper.record {}
      let change = AuditEvent.keyChangeMethod
      #expect(
        try await Self.methods(store)
          == [done, done, change] + (hasOthers ? [done, done] : []))
      let verified = try await AuditController(store: store, chain: store.store.auditSeal).verify(
        behind: nil, expected: nil)
      #expect(verified.finding == nil && verified.signedSince == 3)
      try await keeper.record {}
      logger.shutdown()
      let told = sink.lines.filter { $0.contains("under another key") }
      #expect(told.count == 1 && told.first?.contains("event=3") == true)
    }
  }

  @Test(arguments: [StoreError.Kind.failed, .corrupt])
  func `what else keeps a new key from taking over ends the start`(kind: StoreError.Kind)
    async throws
  {
    try await Self.withNewKey { store, keeper, _, _ in
      store.refusal.withLock { $0 = StoreError(kind, "") }
      await #expect(throws: StoreError.self) { try await keeper.begin() }
    }
  }

  @Test func `the error of what ends is thrown`() async throws {
    try await withStore { store, directory in
      let world = try World(store, in: directory)
      defer { world.logger.shutdown() }
      await #expect(throws: Boom.self) { try await world.keeper.record { throw Boom() } }
    }
  }
}
