/// Where a watch goes on, as an opaque text that is safe in URLs: a page token whose list is the
/// log of changes of one database, within one scope. What it says of the place is the store's own.
public struct ResumeToken: Sendable {
  private let arguments: Digest
  private let tokens: CallerTokens

  /// For the tokens of a scope.
  public init(scope: ChangeScope, databaseId: UniqueID, for tokens: CallerTokens = .plain) {
    arguments = Self.digest(of: scope, databaseId)
    self.tokens = tokens
  }

  /// What binds a token to its scope and its database.
  static func digest(of scope: ChangeScope, _ databaseId: UniqueID) -> Digest {
    var digest = Digest()
    digest.combine("WatchDeploymentTracks")
    digest.combine(databaseId.high)
    digest.combine(databaseId.low)
    switch scope {
    case .all: digest.combine(0 as UInt8)
    case .project(let id):
      digest.combine(1 as UInt8)
      digest.combine(id)
    case .component(let id):
      digest.combine(2 as UInt8)
      digest.combine(id)
    }
    return digest
  }

  /// The token of a place behind a change.
  public func encode(after place: LogPlace) -> String {
    PageToken.encode(arguments: arguments, place: place.bytes, for: tokens)
  }

  /// The bytes of the place in a token, for the store (`StoreReader.resumption`); nil for an empty
  /// token. Throws INVALID_RESUME_TOKEN for what no server made, or was made for another scope or
  /// another database, or for another caller. Tokens of releases without a key count as long as
  /// there is no policy.
  public func decode(_ token: String) throws(InvalidValue) -> [UInt8]? {
    do {
      return try PageToken.decode(
        token, arguments: arguments, for: tokens, acceptsPlain: tokens.owner.isEmpty)
    } catch {
      throw InvalidValue(.invalidResumeToken, error.description)
    }
  }
}

extension InvalidValue {
  /// For a resume token whose place the store cannot read.
  public static let unreadableResumeToken = InvalidValue(
    .invalidResumeToken, "is not a token that this server made")
}
