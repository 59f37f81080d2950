/// Why a commit is asked for, and so what comes with it.
enum SourceDepth: Sendable {
  /// What the commit says of itself.
  case message
  /// Its files, but for large ones.
  case files

  /// What is longer is not brought here, where the server knows how to leave it out.
  static let maximumFile = 4 << 20

  /// As git has it (git-rev-list(1), `--filter`).
  var filter: String {
    switch self {
    case .message: "tree:0"
    case .files: "blob:limit=\(Self.maximumFile)"
    }
  }

  /// The object that is here when the commit is as deep as it needs to be.
  var suffix: String {
    switch self {
    case .message: "^{commit}"
    case .files: "^{tree}"
    }
  }
}
