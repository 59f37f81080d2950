import EventLoop

/// A long-lived `git fast-import` (git-fast-import(1)): makes commits under a reference of its own,
/// until another command gives them their place.
///
/// Blocks; used by one thread at a time.
final class FastImport: GitHelper {
  /// The last commit made; a commit upon it needs no base.
  private var tip: String?
  /// Whether it has made nothing yet.
  private(set) var isNew = true
  private let process: ChildProcess
  private let reference: String

  /// The importer's reference in a copy that no other program sees.
  static let reference = "refs/trackd/import"
  /// The importer's reference in a repository that other programs see: it exists only in the
  /// workshop.
  static let workshopReference = "refs/worktree/import"

  /// - Parameter workshop: see `GitCommand`; nil in a copy that no other program sees.
  static func command(workshop: String?) -> GitCommand {
    // Packs stay packed: unpacking takes a process, and a file for each object.
    var command = GitCommand(
      "fast-import", "--quiet", "--force", "--date-format=raw",
      settings: ["fastimport.unpackLimit=0", "core.fsync=pack,pack-metadata"])
    command.workshop = workshop
    return command
  }

  init(_ program: ChildCommand, reference: String) throws(SystemError) {
    self.reference = reference
    process = try ChildProcess(program)
  }

  /// Makes the commits, each upon the one before, and writes them to the disk.
  ///
  /// - Parameters:
  ///   - base: the parent of the first commit; nil for none.
  ///   - seconds: since 1970.
  /// - Returns: their hashes.
  func make(
    _ commits: [GitOpsCommit], onto base: String?, seconds: Int64, limits: ChildLimits
  ) throws(ChildProcessError) -> [String] {
    isNew = false
    var stream = FastImportStream()
    if base == nil { stream.reset(reference) }
    for (index, commit) in commits.enumerated() {
      let parent = index == 0 && base != tip ? base : nil
      stream.append(commit, to: reference, mark: index + 1, from: parent, seconds: seconds)
    }
    stream.checkpoint()
    // A line for each commit, then the progress that follows the checkpoint.
    let count = commits.count + 1
    tip = nil
    let answer = try process.exchange(stream.bytes, limits: limits) { output in
      output.count { $0 == 0x0A } >= count
    }
    let lines = String(decoding: answer, as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.count == count, lines.dropLast().allSatisfy(GitHash.isFull) else {
      process.end()
      throw .ended(error: [])
    }
    tip = lines[commits.count - 1]
    return Array(lines.dropLast())
  }

  /// Ends the process, so that its packs can be packed anew.
  func close(limits: ChildLimits) {
    _ = try? process.finish(limits: limits)
  }
}

/// The commands of fast-import.
private struct FastImportStream {
  private(set) var bytes: [UInt8] = []

  /// The next commit of that reference has no parent.
  mutating func reset(_ reference: String) {
    line("reset \(reference)")
    line("")
  }

  mutating func append(
    _ commit: GitOpsCommit, to reference: String, mark: Int, from parent: String?, seconds: Int64
  ) {
    line("commit \(reference)")
    line("mark :\(mark)")
    line("committer trackd <trackd@localhost> \(seconds) +0000")
    data(Array(commit.message.utf8))
    if let parent { line("from \(parent)") }
    for edit in commit.edits {
      if let content = edit.content {
        line("M 100644 inline \(Self.quoted(edit.path))")
        data(content)
      } else {
        line("D \(Self.quoted(edit.path))")
      }
    }
    line("get-mark :\(mark)")
  }

  mutating func checkpoint() {
    line("checkpoint")
    line("")
    line("progress done")
    line("")
  }

  private mutating func line(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    bytes.append(0x0A)
  }

  private mutating func data(_ content: [UInt8]) {
    line("data \(content.count)")
    bytes.append(contentsOf: content)
    bytes.append(0x0A)
  }

  /// Quoted as in C; paths hold no control characters.
  private static func quoted(_ path: String) -> String {
    var quoted = "\"".unicodeScalars
    for scalar in path.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
      quoted.append(scalar)
    }
    return String(quoted) + "\""
  }
}
