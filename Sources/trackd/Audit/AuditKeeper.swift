import EventLoop
import Synchronization
import Telemetry
import TrackDomain
import TrackServices

/// What belongs to the audit besides its rows: once a minute, refused calls become events and the
/// head of the chain goes into the log; events go into the file of `--audit-log` as they come.
final class AuditKeeper: Sendable {
  private static let minute = Duration.seconds(60)
  /// How long the file may take at the end.
  private static let lastMoment = Duration.milliseconds(300)
  /// The most events of one write to the file.
  private static let batch = 500

  private let store: any TrackStore
  private let takeRefused: @Sendable () -> [RefusedCalls.Taken]
  private let file: AuditLogFile?
  private let logger: Logger
  private let now: @Sendable () -> Timestamp
  private let state = Mutex(State())
  /// Wakes what writes to the file.
  private let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation
  /// What became of refused calls, for `/metrics`.
  let refusedCalls = RefusedCallCounts()
  /// Attempts to open the file anew, or to write to it, that failed.
  let fileFailures = Counter()

  /// How many refused calls an event names, one of the rest stands for, and none tells.
  struct RefusedCallCounts: Sendable {
    let own = Counter()
    let rest = Counter()
    let lost = Counter()
  }

  struct State {
    /// Events of refused calls that the store has not taken.
    var waiting: [RefusedCalls.Taken] = []
    var toldHead = AuditHead()
    /// The last event of the file, and the one of it that the store knows; nil until that was read.
    var logged: Int64?
    var notedLogged: Int64 = 0
    var isFileBroken = false
    /// The audit goes on under the key of this process.
    var isTakenOver = true
    /// The last event when this process began to take the audit over.
    var start: Int64?
    /// The file may have been moved away, and was not opened since: nothing is written to it.
    var needsReopening = false
    /// How many events of refused calls there were on a day, counted from 1970.
    var day: (number: Int64, strangers: Int, known: Int) = (0, 0, 0)
  }

  /// - Parameters:
  ///   - store: has the rows.
  ///   - file: gets events as they come; nil for none.
  ///   - logger: is told of the head, and of what fails.
  ///   - takeRefused: the refused calls since it was asked the last time.
  ///   - now: the time.
  init(
    _ store: any TrackStore, file: AuditLogFile?, logger: Logger,
    takeRefused: @escaping @Sendable () -> [RefusedCalls.Taken],
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.now = now
    self.store = store
    self.takeRefused = takeRefused
    self.file = file
    self.logger = logger
    (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Has the audit go on under its key. Once, before calls are served. Where the store takes no
  /// writes now, because another process has it or its disk is full, it is asked again each minute:
  /// trackd starts all the same.
  func begin() async throws {
    do {
      try await takeOver()
    } catch let error as StoreError where error.kind == .unavailable || error.kind == .full {
      state.withLock { $0.isTakenOver = false }
    }
  }

  private func takeOverAtLast() async {
    if state.withLock({ $0.isTakenOver }) { return }
    guard (try? await takeOver()) != nil else { return }
    state.withLock { $0.isTakenOver = true }
  }

  /// The event may be there already: whatever is written first under another key has it before
  /// itself.
  private func takeOver() async throws {
    let head = try await store.read { try $0.auditExtent().head.sequence }
    let start = state.withLock { state in
      state.start = state.start ?? head
      return state.start ?? head
    }
    try await store.write(.nothing) { [now] in try $0.takeOverAudit(at: now()) }
    let changes = AuditQuery(
      AuditFilter(method: AuditEvent.keyChangeMethod), sequences: AuditQuery.rows(behind: start),
      limit: 1)
    guard let change = try await store.read({ try $0.auditRecords(changes).first }) else { return }
    logger.always(.warning, "the audit goes on under another key than before") {
      $0.integer("event", change.sequence)
    }
  }

  /// Records while `body` runs, and whatever ends that, what is left then. Once, while the store is
  /// open; no calls come when `body` has returned.
  ///
  /// - Throws: what `body` throws.
  func record(while body: () async throws -> Void) async throws {
    let recording = Task { await run() }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    recording.cancel()
    await recording.value
    await finish()
    try result.get()
  }

  /// Works until the task is cancelled.
  private func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [self] in
        await tellHead()
        while (try? await Task.sleep(for: Self.minute)) != nil { await minuteIsOver() }
      }
      if let file { group.addTask { [self] in await keep(file) } }
    }
  }

  /// Writes what is left, as far as that takes a moment: the next start goes on with the file.
  private func finish() async {
    await minuteIsOver()
    tell(lost: state.withLock { $0.waiting })
    guard let file else { return }
    let end = ContinuousClock.now + Self.lastMoment
    do {
      try await findPlace(in: file)
      while try await write(to: file), ContinuousClock.now < end {}
    } catch {
      tell(broken: file, error)
    }
    await noteLogged()
    await file.shutdown()
  }

  /// Has the file opened anew, soon. Until that succeeds it is tried again, and events wait in the
  /// store. Any thread.
  func reopen() {
    state.withLock { $0.needsReopening = true }
    wake.yield()
  }

  /// The last event of the file, and nil as long as that is not known, or where there is no file.
  var logged: Int64? { state.withLock { $0.logged } }

  // MARK: Once a minute

  private func minuteIsOver() async {
    await takeOverAtLast()
    await recordRefused()
    await tellHead()
    await noteLogged()
  }

  /// One write for all of them, however many calls were refused. What the store does not take waits
  /// for the next minute, as far as there is room.
  private func recordRefused() async {
    let new = takeRefused()
    let (taken, lost) = state.withLock { state in
      let all = state.waiting + state.bounded(new, at: now())
      state.waiting = []
      return (Array(all.suffix(Self.mostWaiting)), Array(all.dropLast(Self.mostWaiting)))
    }
    tell(lost: lost)
    if taken.isEmpty { return }
    do {
      let events = taken.map(\.event)
      try await store.write(.nothing) { transaction in
        for event in events { try transaction.recordAudit(event) }
      }
      for one in taken {
        refusedCalls.own.add(Int(one.event.count - one.unnamed))
        refusedCalls.rest.add(Int(one.unnamed))
      }
    } catch {
      state.withLock { $0.waiting = taken }
    }
  }

  private static let mostWaiting = 10_000

  private func tell(lost: [RefusedCalls.Taken]) {
    if lost.isEmpty { return }
    for one in lost { refusedCalls.lost.add(Int(one.event.count)) }
    logger.always(.error, "the store takes no events of refused calls: some are lost") {
      $0.integer("events", Int64(lost.count))
    }
  }

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
    guard let logged, logged > noted else { return }
    do {
      try await store.write(.nothing) { try $0.noteAuditLogged(logged) }
      state.withLock { $0.notedLogged = logged }
    } catch {
      // The next minute tries again.
    }
  }

  // MARK: The file

  private func keep(_ file: AuditLogFile) async {
    let observation = store.observeCommits { [wake] in wake.yield() }
    defer { observation.end() }
    wake.yield()
    for await _ in wakes {
      do {
        try await findPlace(in: file)
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

  /// Finds out where the file goes on: behind its last event, if that is one of this store, and in
  /// no case before what the store knows to be in it.
  private func findPlace(in file: AuditLogFile) async throws {
    if state.withLock({ $0.logged }) != nil { return }
    let last = await file.last()
    let (noted, place) = try await store.read { reader -> (Int64, Int64) in
      let noted = try reader.auditLogged()
      guard let last else { return (noted, noted) }
      let rows = AuditQuery(sequences: last.sequence...last.sequence, limit: 1)
      let isOurs = try reader.auditRecords(rows).first?.code == last.code
      // On a store that servers share, what it knows may be of another one's file.
      let place = store.isExclusive ? max(noted, last.sequence) : last.sequence
      return (noted, isOurs ? place : noted)
    }
    state.withLock {
      $0.logged = place
      $0.notedLogged = noted
    }
  }

  /// - Returns: whether there may be more.
  private func write(to file: AuditLogFile) async throws -> Bool {
    try await reopenIfAsked(file)
    guard let place = logged else { return false }
    let (dropped, records) = try await store.read { reader in
      // Rows may be missing that somebody has removed: the file goes on behind them.
      (
        try reader.auditExtent().anchor.head.sequence,
        try reader.auditRecords(
          AuditQuery(sequences: AuditQuery.rows(behind: place), limit: Self.batch))
      )
    }
    if dropped > place { skip(to: dropped, from: place, file) }
    guard let last = records.last else {
      tellWhole(file)
      return false
    }
    var lines: [UInt8] = []
    for record in records { lines += try AuditLine.encode(record) }
    try await file.write(lines)
    state.withLock { $0.logged = last.sequence }
    tellWhole(file)
    return records.count == Self.batch
  }

  /// Goes on behind events that were dropped after their time before the file had them.
  private func skip(to dropped: Int64, from place: Int64, _ file: AuditLogFile) {
    state.withLock { $0.logged = dropped }
    // A new file begins with what there is.
    if place == 0 { return }
    logger.always(.error, "events were dropped after their time that the audit log lacks") {
      $0.string("path", file.path)
      $0.integer("events", dropped - place)
    }
  }

  private func reopenIfAsked(_ file: AuditLogFile) async throws {
    let isAsked = state.withLock { state in
      defer { state.needsReopening = false }
      return state.needsReopening
    }
    guard isAsked else { return }
    do {
      try await file.reopen()
    } catch {
      state.withLock { $0.needsReopening = true }
      throw error
    }
  }

  private func tellWhole(_ file: AuditLogFile) {
    let wasBroken = state.withLock { state in
      defer { state.isFileBroken = false }
      return state.isFileBroken
    }
    guard wasBroken else { return }
    logger.always(.info, "the audit log is written again") { $0.string("path", file.path) }
  }

  private func tell(broken file: AuditLogFile, _ error: any Error) {
    // The store may be what fails.
    if error is AuditLogFile.Fault { fileFailures.add() }
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

extension AuditKeeper.State {
  /// The most events of refused calls on a day of callers who are not known, and of those who are.
  static let dailyLimits = (strangers: 10_000, known: 20_000)

  /// The events, or, once there were too many on that day, fewer in their place: one for all
  /// strangers, one for each known caller and outcome. Strangers take nothing from those who are
  /// known.
  mutating func bounded(
    _ taken: [RefusedCalls.Taken], at time: Timestamp
  ) -> [RefusedCalls.Taken] {
    let today = time.microseconds / 86_400_000_000
    if day.number != today { day = (today, 0, 0) }
    let known = taken.filter(\.event.principal.isVerified)
    let strangers = taken.filter { !$0.event.principal.isVerified }
    day.known += known.count
    day.strangers += strangers.count
    return
      (day.strangers > Self.dailyLimits.strangers
      ? Self.summed(strangers) { $0.principal.name = "" } : strangers)
      + (day.known > Self.dailyLimits.known ? Self.summed(known) { _ in } : known)
  }

  private static func summed(
    _ taken: [RefusedCalls.Taken], _ strip: (inout AuditEvent) -> Void
  ) -> [RefusedCalls.Taken] {
    struct Kind: Hashable {
      var principal: Principal
      var outcome: String
    }
    var sums: [Kind: AuditEvent] = [:]
    for one in taken {
      var sum = one.event
      sum.principal.onBehalfOf = ""
      sum.peer = RefusedCalls.other
      sum.method = RefusedCalls.other
      sum.subject = AuditSubject()
      strip(&sum)
      let kind = Kind(principal: sum.principal, outcome: sum.outcome)
      if let before = sums[kind] {
        sum.count += before.count
        sum.at = min(sum.at, before.at)
      }
      sums[kind] = sum
    }
    return sums.values.sorted {
      ($0.principal.name, $0.outcome) < ($1.principal.name, $1.outcome)
    }.map { RefusedCalls.Taken(event: $0, unnamed: $0.count) }
  }
}
