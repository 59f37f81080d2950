import EventLoop
import TrackDomain

/// The processes that work in one local GitOps repository; started when needed, replaced when they
/// died.
///
/// All functions block. `@unchecked Sendable`: the repository lets one thread use it at a time;
/// when none does, its helpers are touched under the lock of `GitHelpers`.
final class GitOpsSession: GitHelperOwner, @unchecked Sendable {
  private let git: Git
  private let repository: String
  /// Nil for a copy that no other program sees.
  private let workshop: String?
  private var importer: FastImport?
  private var reader: ObjectReader?
  private var updater: ReferenceUpdater?
  /// The number of packs since the last repacking.
  private var packs = 0
  /// The time of the last commits.
  private var lastSeconds: Int64 = 0

  static let limits = ChildLimits(time: .seconds(30), outputBytes: 1 << 27)
  /// The longest pause between attempts to start a process while the machine is short of resources,
  /// in microseconds.
  private static let longestPause: UInt32 = 1_000_000
  /// The most packs before a repacking.
  private static let maximumPacks = 50

  init(_ git: Git, repository: String, workshop: String?) {
    self.git = git
    self.repository = repository
    self.workshop = workshop
  }

  /// The commit that a reference names; nil when there is no such reference.
  func commit(at reference: String) throws(IntegrationError) -> String? {
    let info = try read { reader throws(ChildProcessError) in
      try reader.infos([reference], limits: Self.limits)
    }.first
    guard let info, let info else { return nil }
    guard info.type == "commit" else {
      throw IntegrationError(.invalid, "the GitOps branch is no branch")
    }
    return info.hash
  }

  /// Makes the commits and writes them to the disk; no other program sees them yet.
  func make(_ commits: [GitOpsCommit], onto base: String?) throws(IntegrationError) -> [String] {
    packs += 1
    let reference = workshop == nil ? FastImport.reference : FastImport.workshopReference
    return try use(
      \.importer, { program throws(SystemError) in try FastImport(program, reference: reference) },
      FastImport.command(workshop: workshop)
    ) { importer throws(ChildProcessError) in
      try importer.make(commits, onto: base, seconds: seconds(for: importer), limits: Self.limits)
    }
  }

  /// The time of the next commits. It is not a second that an earlier importer used: the same
  /// commits would make a pack of the same name, and the leftovers of the earlier importer would be
  /// in the way.
  private func seconds(for importer: FastImport) -> Int64 {
    let now = WallClock.nowMicroseconds() / 1_000_000
    let isNear = (now...now + 60).contains(lastSeconds)
    lastSeconds = importer.isNew && isNear ? lastSeconds + 1 : now
    return lastSeconds
  }

  /// Moves a reference, if it is at the expected commit.
  ///
  /// - Returns: why it was not moved, as far as git's words tell; nil when it was moved.
  func move(
    _ reference: String, from old: String?, to new: String
  ) throws(IntegrationError) -> GitOpsConflict? {
    do throws(ChildProcessError) {
      let updater = try updaterProcess()
      try updater.move(reference, from: old, to: new, limits: Self.limits)
      return nil
    } catch {
      updater = nil
      guard case .ended(let words) = error else { throw GitFailure.error(error) }
      if GitRefusal(GitWords(words).all) == .branch {
        throw IntegrationError(.refused, "the GitOps branch cannot be made beside those there are")
      }
      return try GitOpsConflict(words)
    }
  }

  /// Records the commit of a remote's branch.
  func note(_ reference: String, at commit: String) throws(IntegrationError) {
    try use(\.updater, ReferenceUpdater.init, ReferenceUpdater.command) {
      updater throws(ChildProcessError) in
      try updater.set(reference, to: commit, limits: Self.limits)
    }
  }

  /// Whether the reference was fetched, or commits were made, in this copy before.
  func hasHistory(_ reference: String) throws(IntegrationError) -> Bool {
    try read { reader throws(ChildProcessError) in
      try reader.infos([reference, FastImport.reference], limits: Self.limits)
    }.contains { $0 != nil }
  }

  /// Repacks; the cost grows with the logarithm of the repository.
  func maintain() {
    guard packs >= Self.maximumPacks else { return }
    // An importer keeps its packs to itself, and loses its commits when they are gone.
    close()
    packs = 0
    let command = GitCommand("repack", "-d", "-q", "--geometric=2", repository: repository)
    let repack = try? ChildProcess(git.program(command))
    _ = try? repack?.finish(limits: ChildLimits(time: .seconds(300)))
  }

  /// Ends the processes; the next use starts new ones.
  func close() {
    for helper in helpers { helper.close(limits: Self.limits) }
    dropHelpers()
  }

  // MARK: Processes

  var helpers: [any GitHelper] {
    let all: [(any GitHelper)?] = [importer, reader, updater]
    return all.compactMap { $0 }
  }

  func dropHelpers() {
    importer = nil
    reader = nil
    updater = nil
  }

  private func updaterProcess() throws(ChildProcessError) -> ReferenceUpdater {
    if let updater { return updater }
    let started = try start(ReferenceUpdater.command, ReferenceUpdater.init)
    updater = started
    return started
  }

  func read<T>(
    _ body: (ObjectReader) throws(ChildProcessError) -> T
  ) throws(IntegrationError) -> T {
    try use(\.reader, ObjectReader.init, ObjectReader.command, body)
  }

  /// Uses a process, and a new one if it has died since its last use. For work that may be done
  /// twice.
  private func use<P, T>(
    _ slot: ReferenceWritableKeyPath<GitOpsSession, P?>,
    _ make: (ChildCommand) throws(SystemError) -> P, _ command: GitCommand,
    _ body: (P) throws(ChildProcessError) -> T
  ) throws(IntegrationError) -> T {
    do throws(ChildProcessError) {
      if let process = self[keyPath: slot] {
        do throws(ChildProcessError) {
          return try body(process)
        } catch .ended {
          self[keyPath: slot] = nil
        }
      }
      let process = try start(command, make)
      self[keyPath: slot] = process
      return try body(process)
    } catch {
      self[keyPath: slot] = nil
      if case .ended(let words) = error { git.tell(command, GitFailure.error(error), words) }
      throw GitFailure.error(error)
    }
  }

  private func start<P>(
    _ command: GitCommand, _ make: (ChildCommand) throws(SystemError) -> P
  ) throws(ChildProcessError) -> P {
    var command = command
    command.repository = repository
    git.helpers.makeRoom(for: self)
    var pause: UInt32 = 50_000
    while true {
      do throws(SystemError) {
        return try make(git.program(command))
      } catch {
        guard GitFailure.isShortage(error), pause < Self.longestPause else { throw .system(error) }
        git.helpers.closeIdle()
        SystemThread.sleep(microseconds: pause)
        pause *= 2
      }
    }
  }
}
