/// A commit's author, date and message.
public struct CommitInfo: Sendable, Hashable {
  public var hash: String
  public var authorName: String
  public var authorEmail: String
  public var authoredAt: Timestamp
  /// May be empty.
  public var avatarURL: String
  public var message: String

  public init(
    hash: String, authorName: String, authorEmail: String, authoredAt: Timestamp,
    avatarURL: String = "", message: String
  ) {
    self.hash = hash
    self.authorName = authorName
    self.authorEmail = authorEmail
    self.authoredAt = authoredAt
    self.avatarURL = avatarURL
    self.message = message
  }
}
