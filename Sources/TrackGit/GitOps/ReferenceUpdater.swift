import EventLoop

/// A long-lived `git update-ref --stdin` (git-update-ref(1)): moves references that are at the
/// expected commit.
///
/// Blocks; used by one thread at a time. It ends after a failure.
final class ReferenceUpdater: GitHelper {
  private let process: ChildProcess

  static var command: GitCommand { GitCommand("update-ref", "--stdin") }

  init(_ program: ChildCommand) throws(SystemError) {
    process = try ChildProcess(program)
  }

  /// Moves a reference from `old` to `new`; `old` is nil for a reference that must not exist yet.
  ///
  /// Throws `.ended` when the reference was elsewhere, or is locked.
  func move(
    _ reference: String, from old: String?, to new: String, limits: ChildLimits
  ) throws(ChildProcessError) {
    try update("\(reference) \(new) \(old ?? GitHash.zero(like: new))", limits)
  }

  /// Moves a reference, wherever it was.
  func set(
    _ reference: String, to new: String, limits: ChildLimits
  ) throws(ChildProcessError) {
    try update("\(reference) \(new)", limits)
  }

  private func update(_ words: String, _ limits: ChildLimits) throws(ChildProcessError) {
    let input = "start\nupdate \(words)\nprepare\ncommit\n"
    _ = try process.exchange(Array(input.utf8), limits: limits) { output in
      // `start: ok`, `prepare: ok`, `commit: ok`
      output.count { $0 == 0x0A } >= 3
    }
  }

  func close(limits: ChildLimits) {
    _ = try? process.finish(limits: limits)
  }
}
