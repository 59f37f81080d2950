import EventLoop

/// One command line of git, in the making. `Git` makes the whole of it.
struct GitCommand: Sendable {
  /// The subcommand and its options, all of them ours.
  var words: [String]
  /// What goes behind `--`: whatever it is, it is no option.
  var operands: [String]
  /// The repository's own directory; nil for commands without one.
  var repository: String?
  /// A directory that takes the repository's place for references that are nobody's but the process's:
  /// `refs/worktree/` (gitglossary(7)). The repository's own are not touched by them.
  var workshop: String?
  /// Settings as `name=value`, in force for this command.
  var settings: [String]
  /// Whom it speaks to.
  var reach: GitReach
  /// The longest file that it may write, if that is less than what the settings say.
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

/// Whom a command speaks to. Commands of one kind do not wait for those of another: repositories that
/// do not answer hold up nothing that does without them.
enum GitReach: Sendable, Hashable {
  /// Nobody, but files of this machine.
  case here
  /// A component's repository.
  case source(RepositoryURL)
  /// An environment's repository.
  case gitops(RepositoryURL)

  /// Whose answers the command waits for; nil for nobody's.
  var url: RepositoryURL? {
    switch self {
    case .here: nil
    case .source(let url), .gitops(let url): url
    }
  }
}
