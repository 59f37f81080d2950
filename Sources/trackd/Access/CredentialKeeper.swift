import EventLoop
import TrackAccess
import WebFetch

/// Keeps the credentials that trackd takes: reads their files again when they change, and fetches
/// the keys of issuers. What is broken changes nothing, and is logged.
///
/// Any thread. `@unchecked Sendable`: `state` is touched under the lock only.
final class CredentialKeeper: @unchecked Sendable {
  private struct State {
    var content: CredentialFiles.Content
    /// Keys that came over https, by the issuer's name.
    var fetched: [String: KeySet] = [:]
    var schedule = KeySchedule()
    var observer: (@Sendable (AccessCredentials) -> Void)?
  }

  private let files: CredentialFiles
  private let logger: Logger
  private let threads = BlockingThreadPool(name: "keys", maximum: 4)
  private let fault = LastFault()
  private let lock = Lock()
  private let telling = Lock()
  private var state: State

  /// Reads the files for the first time. Blocks.
  ///
  /// - Throws: when they cannot be used.
  init(_ files: CredentialFiles, logger: Logger) throws(CredentialFiles.Fault) {
    self.files = files
    self.logger = logger
    state = State(content: try files.read())
  }

  /// What counts now.
  var credentials: AccessCredentials { lock.withLock { Self.credentials(of: state) } }

  private static func credentials(of state: State) -> AccessCredentials {
    AccessCredentials(
      tokens: state.content.tokens,
      issuers: state.content.issuers.map {
        AccessCredentials.Issuer(
          $0, keys: state.content.keys[$0.name] ?? state.fetched[$0.name])
      })
  }

  /// The files on which they rest, for the watcher of files.
  var paths: [String] {
    let keyFiles = lock.withLock { state.content.issuers }.compactMap { issuer in
      switch issuer.keys {
      case .file(let path): path
      case .url(_, let caFile): caFile
      }
    }
    return [files.tokens, files.config].compactMap { $0 } + keyFiles
  }

  /// Calls `observer` whenever other credentials count, on any thread.
  func observe(_ observer: @escaping @Sendable (AccessCredentials) -> Void) {
    lock.withLock { state.observer = observer }
  }

  /// Reads the files again. Blocks.
  ///
  /// - Parameter cause: the success of the first time is not logged.
  /// - Returns: whether they can be used.
  func reload(_ cause: FileWatcher.Cause) -> Bool {
    do {
      let content = try files.read()
      fault.isOver()
      change { state in
        state.content = content
        // Keys belong to where they came from.
        let schedule = state.schedule
        state.fetched = state.fetched.filter { schedule.isCurrent($0.key, content.issuers) }
        state.schedule.forget(except: content.issuers)
      }
      if cause != .first { logger.always(.info, "the credentials were read again") }
      return true
    } catch {
      guard fault.isNews(error.description, cause) else { return false }
      logger.always(.error, "the credentials cannot be read again; the earlier ones count") {
        $0.string("reason", error.description)
      }
      return false
    }
  }

  /// Changes are told one by one, in their order: an older state never takes a newer one's place.
  /// Credentials that say the same are not told: what was found out with them still counts.
  private func change(_ body: (inout State) -> Void) {
    telling.withLock {
      let (observer, before, credentials) = lock.withLock {
        let before = Self.credentials(of: state)
        body(&state)
        return (state.observer, before, Self.credentials(of: state))
      }
      if !credentials.isSame(as: before) { observer?(credentials) }
    }
  }

  // MARK: Keys

  /// A token names a key that is not known: it may be new.
  func keyIsUnknown(of issuer: String) {
    lock.withLock { state.schedule.wanted(issuer, at: .now) }
  }

  /// Fetches all keys for the first time, so that the first calls find them; in vain after some
  /// seconds.
  func fetchFirst() async { await fetchDue(timeout: .seconds(4)) }

  /// Fetches keys when they are due, until the task is cancelled.
  func run() async {
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      if lock.withLock({ state.schedule.hasDue(state.content.issuers, at: .now) }) {
        await fetchDue(timeout: .seconds(10))
      }
    }
  }

  private func fetchDue(timeout: Duration) async {
    let due = lock.withLock { state.schedule.takeDue(state.content.issuers, at: .now) }
    await withTaskGroup(of: Void.self) { group in
      for issuer in due { group.addTask { await self.fetch(issuer, timeout: timeout) } }
    }
  }

  private func fetch(_ issuer: JWTIssuer, timeout: Duration) async {
    guard case .url(let url, let caFile) = issuer.keys else { return }
    do {
      let keys = try await threads.run {
        let limits = WebFetch.Limits(bytes: KeySet.mostBytes, timeout: timeout)
        return try KeySet(jwks: WebFetch.get(url, caFile: caFile, limits: limits))
      }
      change {
        guard $0.schedule.fetched(issuer, at: .now) else { return }
        $0.fetched[issuer.name] = keys
      }
    } catch {
      lock.withLock { state.schedule.failed(issuer, at: .now) }
      logger.always(.warning, "the keys of an issuer cannot be fetched; the earlier ones count") {
        $0.string("issuer", issuer.name)
        $0.string("reason", "\(error)")
      }
    }
  }
}
