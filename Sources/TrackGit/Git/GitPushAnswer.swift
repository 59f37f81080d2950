/// The output of `git push --porcelain` for the one reference that was pushed.
enum GitPushAnswer: Hashable {
  /// No line says that the push was refused.
  case none
  /// The branch was not at the expected commit; nothing was pushed.
  case conflict
  /// The remote refuses the push, for this reason.
  case refused(reason: String)

  /// Reads the line `!` TAB from:to TAB summary (reason).
  init(_ output: [UInt8]) {
    let lines = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let line = lines.first(where: { $0.hasPrefix("!") }) else {
      self = .none
      return
    }
    let lower = line.lowercased()
    if Self.conflicts.contains(where: { lower.contains($0) }) {
      self = .conflict
      return
    }
    let summary = line.split(separator: "\t").last ?? ""
    var reason = summary[...]
    if let open = summary.firstIndex(of: "("), summary.last == ")" {
      reason = summary[summary.index(after: open)...].dropLast()
    }
    self = .refused(reason: GitWords.clean(String(reason)))
  }

  /// Phrases of git, git servers and hosting sites that mean that another push came first.
  private static let conflicts = [
    "stale info", "fetch first", "non-fast-forward", "failed to update ref", "cannot lock ref",
    "failed to lock", "incorrect old value", "needs force", "reference already exists",
  ]
}

/// The cause of a refused push.
enum GitRefusal: Hashable {
  /// One of the commits, as far as the words tell.
  case commits
  /// Not the commits: the branch accepts none.
  case branch
  /// Neither: a later push may work.
  case moment

  /// Decides by the words of the remote, which include git's reason.
  init(_ words: String) {
    let lower = words.lowercased()
    if Self.moments.contains(where: { lower.contains($0) }) {
      self = .moment
    } else if Self.branches.contains(where: { lower.contains($0) }) {
      self = .branch
    } else {
      self = .commits
    }
  }

  private static let moments = [
    "no space left", "disk quota", "cannot allocate memory", "out of memory",
    "unable to create temporary", "too many open files", "internal server error",
    "internal api error", "temporarily", "try again", "timed out", "timeout", "unable to migrate",
    "service unavailable", "shallow file has changed", "read-only file system",
  ]
  private static let branches = [
    "protected branch hook", "to protected branches", "protected branch update failed",
    "branch is currently checked out", "deny updating a hidden ref", "cannot create 'refs/",
    "repository is archived", "archived so it is read-only", "deletion prohibited",
  ]
}
