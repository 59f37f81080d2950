/// How much of a commit is needed. The rest is left out where the server supports that.
enum SourceDepth: Sendable {
  /// The commit's author, date and message.
  case message
  /// The names of its files. Contents are fetched one by one.
  case names
  /// Its files, except large ones: for servers that do not serve single files.
  case files

  /// Longer files are not fetched.
  static let maximumFile = 4 << 20

  /// The filter in git's syntax (git-rev-list(1), `--filter`).
  var filter: String {
    switch self {
    case .message: "tree:0"
    case .names: "blob:none"
    case .files: "blob:limit=\(Self.maximumFile)"
    }
  }

  /// Names the object that is here when the commit is complete.
  var suffix: String {
    switch self {
    case .message: "^{commit}"
    case .names, .files: "^{tree}"
    }
  }
}
