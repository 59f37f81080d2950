/// The Git repositories that components are built from. Reads only.
///
/// Repository URLs, branches and commits come from callers and are hostile until proven otherwise.
public protocol SourceRepository: Sendable {
  /// The full hash of a commit (whole, or at least 7 digits of it, unambiguous), or of the head of a
  /// branch.
  ///
  /// Throws `.notFound` for an unknown commit or branch, `.invalid` for what is no such name.
  func resolve(
    _ revision: SourceRevision, repositoryURL: String
  ) async throws(IntegrationError) -> String

  /// The first of these files that the commit has, with its content. Symbolic links are followed as in
  /// a checkout, within the repository; one that leads to no file is `.invalid`.
  ///
  /// - Parameters:
  ///   - paths: relative to the root of the repository, in the order of preference.
  ///   - maximumBytes: a longer file is `.invalid`.
  /// - Returns: nil when there is none of them.
  func firstFile(
    of paths: [String], commit: String, repositoryURL: String, maximumBytes: Int
  ) async throws(IntegrationError) -> SourceFile?

  /// Which of these paths the commit has as files, or as symbolic links.
  func existing(
    _ paths: [String], commit: String, repositoryURL: String
  ) async throws(IntegrationError) -> [String: SourcePresence]

  /// What these commits say of themselves, by hash. Unknown ones are left out.
  func commits(
    _ hashes: [String], repositoryURL: String
  ) async throws(IntegrationError) -> [String: CommitInfo]

  /// How the commits of each pair relate. A pair is left out of which the repository does not know
  /// both. Cancelling ends the wait.
  func ancestries(
    of pairs: Set<CommitPair>, repositoryURL: String
  ) async throws(IntegrationError) -> [CommitPair: Ancestry]
}

/// A commit, and the one that it is compared with. Full hashes.
public struct CommitPair: Sendable, Hashable {
  public var commit: String
  public var other: String

  public init(_ commit: String, comparedWith other: String) {
    self.commit = commit
    self.other = other
  }
}

/// What a commit is to the one that it is compared with.
public enum Ancestry: Sendable, Hashable, CaseIterable {
  /// Older: it is in the other's history.
  case ancestor
  /// Newer: the other is in its history.
  case descendant
  /// Neither.
  case diverged
}

/// A commit, as callers name one.
public enum SourceRevision: Sendable, Hashable {
  /// A hash, or the beginning of one.
  case commit(String)
  /// The head of a branch.
  case branch(String)
}

/// What a commit has under a path.
public enum SourcePresence: Sendable, Hashable {
  /// A file, or a symbolic link to one.
  case file
  /// A symbolic link that leads to no file of the repository, there or on the way. What is wrong with
  /// it: a verb follows "a symbolic link that".
  case deadLink(String)
}

/// A file of a repository at a commit.
public struct SourceFile: Sendable, Hashable {
  /// Relative to the root of the repository.
  public var path: String
  public var content: [UInt8]

  public init(path: String, content: [UInt8]) {
    self.path = path
    self.content = content
  }
}
