public import TrackDomain

/// A resource that exists when a watch begins.
public enum WatchedResource: Sendable, Hashable {
  case track(Track)
  case deployment(Deployment)
}

/// A part of the state of a scope: tracks, each followed by its deployments that are active or have
/// not ended.
struct StatePage: Sendable {
  /// The track after which a page begins.
  struct Place: Sendable {
    var componentId: String
    var trackId: String
  }

  private(set) var resources: [WatchedResource] = []
  /// The start of the next page; nil at the end.
  let next: Place?
  /// The place behind the newest change that this state contains.
  let position: LogPlace

  init(
    of scope: ChangeScope, after: Place?, limit: Int, _ access: Access, _ reader: any StoreReader
  ) throws(StoreError) {
    let found = try reader.states(
      in: scope, after: after.map { ($0.componentId, $0.trackId) }, limit: limit)
    let last = found.states.count < limit ? nil : found.states.last?.track
    next = last.map { Place(componentId: $0.componentId, trackId: $0.id) }
    position = found.position
    var readable: [String: Bool] = [:]
    for state in found.states {
      let id = state.track.componentId
      if access.isRestricted, readable[id] == nil {
        readable[id] = try reader.component(id).map {
          access.allows(.read, at: AccessPlace($0))
        }
      }
      guard !access.isRestricted || readable[id] == true else { continue }
      resources.append(.track(state.track))
      resources += state.deployments.map { .deployment($0) }
    }
  }
}

extension WatchedResource {
  /// The bytes for a spool.
  var record: [UInt8] {
    switch self {
    case .track(let track): [0] + Snapshot.encode(track)
    case .deployment(let deployment): [1] + Snapshot.encode(deployment)
    }
  }

  init(record: [UInt8]) throws(SnapshotError) {
    let bytes = Array(record.dropFirst())
    switch record.first {
    case 0: self = .track(try Snapshot.track(bytes))
    case 1: self = .deployment(try Snapshot.deployment(bytes))
    default: throw SnapshotError()
    }
  }
}
