import EventLoop
import RPC
import TrackAccess
import TrackServices

/// Keeps the policy in force: reads its file at the start, and again when it changes. A broken file
/// changes nothing then, and is logged.
struct PolicyKeeper: Sendable {
  let control: AccessControl
  private let path: String
  private let logger: Logger
  private let fault = LastFault()

  /// Reads the policy for the first time. Blocks.
  ///
  /// - Throws: everything that is wrong with it.
  init(path: String, logger: Logger) throws(PolicyFileError) {
    self.path = path
    self.logger = logger
    control = AccessControl(try Self.read(path))
  }

  /// Reads the policy again whenever its file changes.
  func watch(with watcher: FileWatcher) {
    watcher.watch({ [path] }, { reload($0) })
  }

  /// Reads the policy again. Blocks: not on an event loop.
  ///
  /// - Returns: whether the file can be used.
  private func reload(_ cause: FileWatcher.Cause) -> Bool {
    do {
      let policy = try Self.read(path)
      fault.isOver()
      if control.replace(with: policy) {
        logger.always(.info, "the policy has changed") { $0.string("path", path) }
      }
      return true
    } catch {
      guard fault.isNews(error.description, cause) else { return false }
      logger.always(.error, "the policy cannot be read again; the earlier one stays in force") {
        $0.string("reason", error.description)
      }
      return false
    }
  }

  /// So much is read at most; a larger policy is refused.
  private static let maximumBytes = 2 << 20

  private static func read(_ path: String) throws(PolicyFileError) -> Policy {
    let file: ReadFile
    do throws(SystemError) {
      file = try ReadFile(path, limit: maximumBytes)
    } catch {
      throw PolicyFileError(description: "the policy \(path) cannot be read: \(error)")
    }
    if file.othersMayWrite {
      throw PolicyFileError(
        description: "the policy \(path) may be written by others than its owner: chmod go-w")
    }
    do throws(PolicyError) {
      return try Policy(yaml: file.bytes)
    } catch {
      throw PolicyFileError(
        description: error.problems.map { $0.text(file: path) }.joined(separator: "\n"))
    }
  }
}

/// A policy that cannot be used; a line for each thing that is wrong with it.
struct PolicyFileError: Error, CustomStringConvertible {
  let description: String
}

/// Who may act for others (`trackd-actor`).
enum ActingRule {
  /// With a policy, whom it names; without, callers of this machine.
  static func rule(_ control: AccessControl?) -> AccessGate.ActingRule {
    guard let control else { return { $1.isLoopback || $1.userID != nil } }
    return { caller, _ in control.mayActForOthers(caller) }
  }
}
