import TrackDomain

/// The default branch of a repository: the branch that HEAD names, or `main` in a repository
/// without branches.
///
/// HEAD may name a branch that does not exist, as in a bare repository that was made before its
/// branch was chosen, or a commit. Then the default is `main` if that exists; trackd does not guess
/// between other branches.
struct GitOpsHead: Sendable, Hashable {
  static let standard = "main"

  /// The branch that HEAD names, if that exists.
  private let branch: String?
  /// The existing branches; not read when HEAD's branch exists.
  private let others: [String]

  func resolved() throws(IntegrationError) -> String {
    if let branch { return branch }
    if others.isEmpty || others.contains(Self.standard) { return Self.standard }
    throw IntegrationError(
      .invalid,
      "the GitOps repository's HEAD names none of its branches (\(names)): the environment must name one"
    )
  }

  private var names: String {
    let named = others.sorted().prefix(5).joined(separator: ", ")
    return others.count > 5 ? named + ", ..." : named
  }

  // MARK: Reading git's output

  /// - Parameters:
  ///   - symbolic: of `git ls-remote --symref URL HEAD`: a line `ref: refs/heads/main` TAB `HEAD`
  ///     where HEAD names a branch that exists.
  ///   - branches: of `git ls-remote --heads URL`: `<hash>` TAB `refs/heads/main`, for each branch.
  init(symbolic: [UInt8], branches: [UInt8]) {
    branch = Self.branch(listed: symbolic)
    others = Self.lines(branches).compactMap { line in
      line.split(separator: "\t", maxSplits: 1).last
        .flatMap { $0.hasPrefix(Self.prefix) ? String($0.dropFirst(Self.prefix.count)) : nil }
    }
  }

  static func branch(listed symbolic: [UInt8]) -> String? {
    for line in lines(symbolic) where line.hasPrefix("ref: \(prefix)") && line.hasSuffix("\tHEAD") {
      return String(line.dropFirst(5 + prefix.count).dropLast(5))
    }
    return nil
  }

  /// - Parameter references: of `git for-each-ref --format=%(HEAD)%(refname)`: a star or a space,
  ///   and the name, for each branch.
  init(references: [UInt8]) {
    let names = Self.lines(references).map {
      ($0.hasPrefix("*"), $0.dropFirst(1 + Self.prefix.count))
    }
    branch = names.first { $0.0 }.map { String($0.1) }
    others = names.map { String($0.1) }
  }

  private static let prefix = "refs/heads/"

  private static func lines(_ output: [UInt8]) -> [Substring] {
    String(decoding: output, as: UTF8.self).split(separator: "\n")
  }
}
