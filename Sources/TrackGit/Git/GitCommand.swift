import EventLoop
import TrackDomain

/// One command line of git, before `Git` completes it.
struct GitCommand: Sendable {
  /// The subcommand and its options, none of which come from outside.
  var words: [String]
  /// The words behind `--`: git takes none of them for an option.
  var operands: [String]
  /// The repository's own directory; nil for commands without one.
  var repository: String?
  /// A directory that replaces the repository's own for references that belong to one process:
  /// `refs/worktree/` (gitglossary(7)). It leaves the repository's own references alone.
  var workshop: String?
  /// Settings as `name=value`, for this command only.
  var settings: [String]
  /// The system that it speaks to.
  var reach: GitReach
  /// The longest file that it may write, if that is less than the settings allow.
  var maximumFileBytes: UInt64?

  init(
    _ words: String..., operands: [String] = [], repository: String? = nil,
    settings: [String] = [], reach: GitReach = .here
  ) {
    self.words = words
    self.operands = operands
    self.repository = repository
    self.settings = settings
    self.reach = reach
  }
}

/// The system that a command speaks to. Each kind has places of its own, so that a repository that
/// does not answer delays no command of another kind.
enum GitReach: Sendable, Hashable {
  /// Local files only.
  case here
  /// A component's repository.
  case source(RepositoryURL)
  /// An environment's repository.
  case gitops(RepositoryURL)

  /// The repository whose answers the command waits for; nil for local commands.
  var url: RepositoryURL? {
    switch self {
    case .here: nil
    case .source(let url), .gitops(let url): url
    }
  }
}
