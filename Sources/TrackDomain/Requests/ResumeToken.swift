/// Where a watch goes on, as an opaque text that is safe in URLs: a page token whose list is the
/// log of changes of one database, within one scope.
public struct ResumeToken: Sendable {
  private let arguments: Digest

  /// For the tokens of a scope.
  public init(scope: ChangeScope, databaseId: UniqueID) {
    arguments = Self.digest(of: scope, databaseId)
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
    var writer = SnapshotWriter(reserving: 16)
    writer.fixed(UInt64(bitPattern: place.sequence))
    writer.fixed(place.digest)
    return PageToken.encode(arguments: arguments, place: writer.bytes)
  }

  /// Behind which change a watch goes on.
  public enum Place: Sendable, Hashable {
    case exact(LogPlace)
    /// As trackd 0.1.0 wrote it: the sequence alone.
    case undigested(Int64)
  }

  /// The place in a token; nil for an empty one.
  public func decode(_ token: String) throws(InvalidValue) -> Place? {
    let place: [UInt8]?
    do {
      place = try PageToken.decode(token, arguments: arguments)
    } catch {
      throw Self.invalid(error.description)
    }
    guard let place else { return nil }
    let sequence = Int64(bitPattern: Self.number(place.prefix(8)))
    guard place.count == 8 || place.count == 16, sequence >= 0 else {
      throw Self.invalid("is not a token that this server made")
    }
    if place.count == 8 { return .undigested(sequence) }
    return .exact(LogPlace(sequence: sequence, digest: Self.number(place.suffix(8))))
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidResumeToken, description)
  }
}
