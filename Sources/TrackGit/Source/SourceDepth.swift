/// Why a commit is asked for, and so what comes with it. What is not to come is left out where the
/// server knows how to.
enum SourceDepth: Sendable {
  /// What the commit says of itself.
  case message
  /// The names of its files. Their contents come one by one.
  case names
  /// Its files, but for large ones: for servers that hand out no single files.
  case files

  /// Longer files do not come.
  static let maximumFile = 4 << 20

  /// As git has it (git-rev-list(1), `--filter`).
  var filter: String {
    switch self {
    case .message: "tree:0"
    case .names: "blob:none"
    case .files: "blob:limit=\(Self.maximumFile)"
    }
  }

  /// The object that is here when the commit is as deep as it needs to be.
  var suffix: String {
    switch self {
    case .message: "^{commit}"
    case .names, .files: "^{tree}"
    }
  }
}
