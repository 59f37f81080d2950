import RPC
import TrackDomain

extension ServerContext {
  /// Who makes the call: what the metadata `trackd-actor` claims, at most 255 characters; nobody
  /// where it is missing.
  var actor: Actor {
    get throws {
      guard let name = metadata["trackd-actor"] else { return Actor(name: "", isVerified: false) }
      do {
        return Actor(name: try TextRule.actor.check(name), isVerified: false)
      } catch {
        throw DomainError.invalid("trackd-actor", error)
      }
    }
  }
}
