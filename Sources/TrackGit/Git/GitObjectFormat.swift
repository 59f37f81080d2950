/// How a repository names its objects: by SHA-1 or by SHA-256. One of a kind does not speak to one of
/// the other.
enum GitObjectFormat: String, Sendable, CaseIterable {
  case sha1
  case sha256

  /// That of a full hash; nil for what is none.
  init?(of hash: some StringProtocol) {
    guard GitHash.isFull(hash) else { return nil }
    self = hash.utf8.count == 40 ? .sha1 : .sha256
  }
}
