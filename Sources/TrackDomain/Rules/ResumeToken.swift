/// Where a watch goes on, as an opaque text that is safe in URLs: a page token whose list is the log
/// of changes of one database, within one scope.
public struct ResumeToken: Sendable {
  private let arguments: Digest

  /// For the tokens of a scope.
  public init(scope: ChangeScope, databaseId: UniqueID) {
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
    arguments = digest
  }

  /// The token of a place behind a change.
  public func encode(after sequence: Int64) -> String {
    var writer = SnapshotWriter(reserving: 8)
    writer.fixed(UInt64(bitPattern: sequence))
    return PageToken.encode(arguments: arguments, place: writer.bytes)
  }

  /// The sequence of the change behind which a token goes on; nil for an empty one.
  public func decode(_ token: String) throws(InvalidValue) -> Int64? {
    let place: [UInt8]?
    do {
      place = try PageToken.decode(token, arguments: arguments)
    } catch {
      throw Self.invalid(error.description)
    }
    guard let place else { return nil }
    guard place.count == 8 else { throw Self.invalid("is not a token that this server made") }
    let sequence = Int64(bitPattern: place.reduce(0) { $0 << 8 | UInt64($1) })
    guard sequence >= 0 else { throw Self.invalid("is not a token that this server made") }
    return sequence
  }

  /// Of a change that has not happened: made by a server whose database was replaced by an older
  /// copy.
  public static var ofTheFuture: InvalidValue {
    invalid("belongs to a later state of the database")
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidResumeToken, description)
  }
}
