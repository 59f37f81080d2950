import RPC
import TrackDomain

extension ServerContext {
  /// The metadata in which a caller names itself, as text and as the UTF-8 of one.
  private static let actorKey = "trackd-actor"
  private static let binaryActorKey = "trackd-actor-bin"

  /// Who makes the call: what the metadata `trackd-actor` claims, or `trackd-actor-bin` for names
  /// that text metadata cannot hold; at most 255 characters. Nobody where both are missing.
  var actor: Actor {
    get throws {
      let text = metadata[Self.actorKey]
      let binary = try binaryActor
      if let text, let binary, text != binary {
        throw DomainError.invalid(
          Self.binaryActorKey,
          InvalidValue(.invalidActor, "names somebody else than \(Self.actorKey)"))
      }
      guard let name = binary ?? text else { return Actor(name: "", isVerified: false) }
      do {
        return Actor(name: try TextRule.actor.check(name), isVerified: false)
      } catch {
        throw DomainError.invalid(binary == nil ? Self.actorKey : Self.binaryActorKey, error)
      }
    }
  }

  private var binaryActor: String? {
    get throws {
      guard metadata[Self.binaryActorKey] != nil else { return nil }
      guard let bytes = metadata.binaryValues(Self.binaryActorKey).first,
        let name = String(validating: bytes, as: UTF8.self)
      else {
        throw DomainError.invalid(
          Self.binaryActorKey, InvalidValue(.invalidActor, "must be UTF-8, in base64"))
      }
      return name
    }
  }
}
