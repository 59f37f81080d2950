/// The Git repositories that components are built from. Reads only.
///
/// Repository URLs, branches and commits come from callers and are hostile until proven otherwise.
public protocol SourceRepository: Sendable {
  /// The full hash of a commit (whole, or at least 7 unambiguous digits of it), or of the head of a
  /// branch.
  ///
  /// Throws `.notFound` for an unknown commit or branch, `.invalid` for a text that can be no such
  /// name.
  func resolve(
    _ revision: SourceRevision, repositoryURL: String
  ) async throws(IntegrationError) -> String

  /// The first of these files that the commit has, with its content. Follows symbolic links as in a
  /// checkout, within the repository; a link that leads to no file is `.invalid`.
  ///
  /// - Parameters:
  ///   - paths: relative to the root of the repository, in the order of preference.
  ///   - maximumBytes: a longer file is `.invalid`.
  /// - Returns: nil when the commit has none of them.
  func firstFile(
    of paths: [String], commit: String, repositoryURL: String, maximumBytes: Int
  ) async throws(IntegrationError) -> SourceFile?

  /// Which of these paths are files or symbolic links in the commit.
  func existing(
    _ paths: [String], commit: String, repositoryURL: String
  ) async throws(IntegrationError) -> [String: SourcePresence]

  /// These commits' authors, dates and messages, by hash. Unknown commits are left out.
  func commits(
    _ hashes: [String], repositoryURL: String
  ) async throws(IntegrationError) -> [String: CommitInfo]

  /// How the commits of each pair relate. Pairs with a commit that the repository does not know are
  /// left out. Cancelling ends the wait.
  func ancestries(
    of pairs: Set<CommitPair>, repositoryURL: String
  ) async throws(IntegrationError) -> [CommitPair: Ancestry]
}

/// A commit and the one that it is compared with, as full hashes.
public struct CommitPair: Sendable, Hashable {
  public var commit: String
  public var other: String

  public init(_ commit: String, comparedWith other: String) {
    self.commit = commit
    self.other = other
  }
}

/// How a commit relates to the one that it is compared with.
public enum Ancestry: Sendable, Hashable, CaseIterable {
  /// Older: it is in the other's history.
  case ancestor
  /// Newer: the other is in its history.
  case descendant
  /// Neither.
  case diverged
}

/// A commit, as callers name it.
public enum SourceRevision: Sendable, Hashable {
  /// A hash, or the beginning of one.
  case commit(String)
  /// The head of a branch.
  case branch(String)
}

/// What a path is in a commit.
public enum SourcePresence: Sendable, Hashable {
  /// A file, or a symbolic link to one.
  case file
  /// A symbolic link that leads, directly or on the way, to no file of the repository. Holds the
  /// fault as a phrase that follows "a symbolic link that".
  case deadLink(String)
}

/// A file of a repository in one commit.
public struct SourceFile: Sendable, Hashable {
  /// Relative to the root of the repository.
  public var path: String
  public var content: [UInt8]

  public init(path: String, content: [UInt8]) {
    self.path = path
    self.content = content
  }
}
