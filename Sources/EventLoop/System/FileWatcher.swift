// `struct stat` counts as a part of either.
import CLinux
import Glibc
import Synchronization

/// Tells when files change: policies, tokens, certificates, key sets. The one way in which trackd
/// notices that, for every kind of file.
///
/// It looks at each path once a second with `stat`, on a thread of its own, and follows links: a
/// file that is written, replaced or removed has changed, and so has one whose link leads elsewhere,
/// as Kubernetes swaps secrets and config maps. Whoever watches reads the file in `changed`, keeps
/// what it had when the file is broken, and logs that. A broken file is read again each time: it may
/// have been half written, or not readable for a moment.
///
/// Any thread.
public final class FileWatcher: Sendable {
  private let loop: EventLoop
  private let interval: Duration
  private let thread: BlockingThread
  private let state: State

  /// - Parameter loop: has the timer.
  public init(loop: EventLoop, every interval: Duration = .seconds(1)) throws(SystemError) {
    self.loop = loop
    self.interval = interval
    thread = try BlockingThread(name: "files")
    state = State()
    loop.execute { [weak self] in self?.scheduleNext() }
  }

  /// Why files are read.
  public enum Cause: Sendable {
    /// They may have changed since the caller read them itself.
    case first
    case change
    /// Nothing has changed, but what was read last did not count.
    case retry
  }

  /// Calls `changed` soon, and again after each change of one of the files from then on, until
  /// `shutdown`.
  ///
  /// - Parameters:
  ///   - paths: of the files; asked each time, so that a folder may be listed anew. Runs on the
  ///     watcher's thread, where it may block.
  ///   - changed: returns whether what it read counts; if not, it is called again with the next
  ///     look. Runs on the watcher's thread, where it may block.
  public func watch(
    _ paths: @escaping @Sendable () -> [String],
    _ changed: @escaping @Sendable (Cause) -> Bool
  ) {
    let watch = Watch(paths: paths, changed: changed)
    thread.execute { [state] in
      state.watches.append(watch)
      watch.read(.first)
    }
  }

  /// Looks at the files now. With `always`, as for SIGHUP, calls every `changed`, whatever `stat`
  /// says.
  public func look(always: Bool = false) {
    thread.execute { [state] in
      for watch in state.watches { watch.look(always: always) }
    }
  }

  /// Runs `body` on the watcher's thread, where it may block and no file's `changed` runs.
  public func run(_ body: @escaping @Sendable () -> Void) { thread.execute(body) }

  /// Ends the thread, when it has done what it was asked for.
  public func shutdown() async {
    state.isStopped.store(true, ordering: .relaxed)
    await thread.shutdown()
  }

  /// On the loop's thread.
  private func scheduleNext() {
    _ = loop.schedule(after: interval) { [weak self] in
      guard let self, !self.state.isStopped.load(ordering: .relaxed) else { return }
      self.look()
      self.scheduleNext()
    }
  }
}

extension FileWatcher {
  /// `@unchecked Sendable`: `watches` is used on the watcher's thread only.
  private final class State: @unchecked Sendable {
    var watches: [Watch] = []
    let isStopped = Atomic<Bool>(false)
  }

  /// Used on the watcher's thread, but for its creation.
  ///
  /// `@unchecked Sendable`: see above.
  private final class Watch: @unchecked Sendable {
    private let paths: @Sendable () -> [String]
    private let changed: @Sendable (Cause) -> Bool
    private var seen: [String: FileIdentity?]
    /// What was read last did not count.
    private var isBroken = false

    init(
      paths: @escaping @Sendable () -> [String], changed: @escaping @Sendable (Cause) -> Bool
    ) {
      self.paths = paths
      self.changed = changed
      seen = Self.identities(paths())
    }

    func look(always: Bool) {
      let found = Self.identities(paths())
      if always || found != seen {
        seen = found
        read(.change)
      } else if isBroken {
        read(.retry)
      }
    }

    func read(_ cause: Cause) { isBroken = !changed(cause) }

    private static func identities(_ paths: [String]) -> [String: FileIdentity?] {
      Dictionary(paths.map { ($0, FileIdentity(path: $0)) }, uniquingKeysWith: { $1 })
    }
  }
}

/// What `stat` says of a file and what changes when its content does.
struct FileIdentity: Hashable, Sendable {
  private let numbers: [Int64]

  /// Nil when there is no such file, or it cannot be reached.
  init?(path: String) {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else { return nil }
    numbers = [
      Int64(bitPattern: UInt64(info.st_dev)), Int64(bitPattern: UInt64(info.st_ino)),
      Int64(info.st_size), Int64(info.st_mtim.tv_sec), Int64(info.st_mtim.tv_nsec),
      Int64(info.st_ctim.tv_sec), Int64(info.st_ctim.tv_nsec),
    ]
  }
}
