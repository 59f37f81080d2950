import EventLoop
import Synchronization
import TrackDomain
import TrackServices

/// What belongs to the audit besides its rows: once a minute, refused calls become events and the
/// head of the chain goes into the log; events go into the file of `--audit-log` as they come.
final class AuditKeeper: Sendable {
  private static let minute = Duration.seconds(60)
  /// The most events of one write to the file.
  private static let batch = 500

  private let store: any TrackStore
  private let refused: RefusedCalls
  private let file: AuditLogFile?
  private let logger: Logger
  private let state = Mutex(State())

  private struct State {
    /// Events of refused calls that the store has not taken.
    var waiting: [AuditEvent] = []
    var toldHead = AuditHead()
    /// The last event of the file, and the one of it that the store knows.
    var logged: Int64 = 0
    var notedLogged: Int64 = 0
    var isFileBroken = false
  }

  init(_ store: any TrackStore, _ refused: RefusedCalls, file: AuditLogFile?, logger: Logger) {
    self.store = store
    self.refused = refused
    self.file = file
    self.logger = logger
  }

  /// Works until the task is cancelled; `finish` follows.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [self] in
        await tellHead()
        while (try? await Task.sleep(for: Self.minute)) != nil { await minuteIsOver() }
      }
      if let file { group.addTask { [self] in await keep(file) } }
    }
  }

  /// Writes what is left. Once, when no calls come any more and before the store is closed.
  func finish() async {
    await minuteIsOver()
    guard let file else { return }
    _ = try? await write(to: file)
    await noteLogged()
    await file.shutdown()
  }

  /// Opens the file anew.
  func reopen() {
    guard let file else { return }
    Task {
      do {
        try await file.reopen()
      } catch {
        tell(broken: file, error)
      }
    }
  }

  // MARK: Once a minute

  private func minuteIsOver() async {
    await recordRefused()
    await tellHead()
    await noteLogged()
  }

  /// One write for all of them, however many calls were refused. What the store does not take waits
  /// for the next minute, as far as there is room.
  private func recordRefused() async {
    let new = refused.take()
    let events = state.withLock { state in
      defer { state.waiting = [] }
      return Array((state.waiting + new).suffix(Self.mostWaiting))
    }
    if events.isEmpty { return }
    do {
      try await store.write(.nothing) { transaction in
        for event in events { try transaction.recordAudit(event) }
      }
    } catch {
      state.withLock { $0.waiting = events }
    }
  }

  private static let mostWaiting = 10_000

  private func tellHead() async {
    guard let head = try? await store.read({ try $0.auditExtent().head }) else { return }
    let isNews = state.withLock { state in
      defer { state.toldHead = head }
      return state.toldHead != head
    }
    guard isNews else { return }
    logger.always(.info, "audit head") { $0.string("head", head.text) }
  }

  /// Has the store know what the file has, so that a moved file gets nothing twice.
  private func noteLogged() async {
    let (logged, noted) = state.withLock { ($0.logged, $0.notedLogged) }
    guard logged > noted else { return }
    do {
      try await store.write(.nothing) { try $0.noteAuditLogged(logged) }
      state.withLock { $0.notedLogged = logged }
    } catch {
      // The next minute tries again.
    }
  }

  // MARK: The file

  private func keep(_ file: AuditLogFile) async {
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let observation = store.observeCommits { wake.yield() }
    defer { observation.end() }
    await begin(file)
    wake.yield()
    for await _ in wakes {
      do {
        while try await write(to: file) {}
        try await Task.sleep(for: .milliseconds(50))
      } catch is CancellationError {
        return
      } catch {
        tell(broken: file, error)
        guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
        wake.yield()
      }
    }
  }

  /// Finds out where the file goes on.
  private func begin(_ file: AuditLogFile) async {
    let last = await file.lastSequence() ?? 0
    let (noted, head) =
      (try? await store.read { (try $0.auditLogged(), try $0.auditExtent().head.sequence) }) ?? (0, 0)
    state.withLock {
      // A file of another database, or of one that was put back, says nothing.
      $0.logged = max(noted, last <= head ? last : 0)
      $0.notedLogged = noted
    }
  }

  /// - Returns: whether there may be more.
  private func write(to file: AuditLogFile) async throws -> Bool {
    let place = state.withLock { $0.logged }
    let records = try await store.read { reader -> [AuditRecord] in
      let extent = try reader.auditExtent()
      let first = max(place, extent.anchor.head.sequence) + 1
      guard first <= extent.head.sequence else { return [] }
      let last = min(extent.head.sequence, first + Int64(Self.batch) - 1)
      return try reader.auditRecords(AuditQuery(sequences: first...last, limit: Self.batch))
    }
    guard let last = records.last else { return false }
    var lines: [UInt8] = []
    for record in records {
      lines += try AuditLine.encode(record)
    }
    try await file.write(lines)
    let wasBroken = state.withLock { state in
      state.logged = last.sequence
      defer { state.isFileBroken = false }
      return state.isFileBroken
    }
    if wasBroken {
      logger.always(.info, "the audit log is written again") { $0.string("path", file.path) }
    }
    return records.count == Self.batch
  }

  private func tell(broken file: AuditLogFile, _ error: any Error) {
    let isNews = state.withLock { state in
      defer { state.isFileBroken = true }
      return !state.isFileBroken
    }
    guard isNews else { return }
    logger.always(.error, "the audit log cannot be written: events wait in the store") {
      $0.string("path", file.path)
      $0.string("reason", "\(error)")
    }
  }
}
