package import Protobuf
package import TrackDomain
package import TrackMessages

extension DeploymentTrack {
  package init(_ track: Track) {
    self.init()
    set(track)
  }

  package mutating func set(_ track: Track) {
    set([track], 0)
    endpoints = TrackMessages.Endpoint.messages(track.endpoints)
  }

  /// The messages of a list. Neighbouring tracks often have equal endpoints, and stores let them
  /// share storage, which makes comparing them cheap: equal ones are converted once.
  package static func messages(_ tracks: [Track]) -> [DeploymentTrack] {
    var messages: [DeploymentTrack] = []
    messages.reserveCapacity(tracks.count)
    var source: [TrackDomain.Endpoint] = []
    var converted: [TrackMessages.Endpoint] = []
    for index in tracks.indices {
      if tracks[index].endpoints != source {
        source = tracks[index].endpoints
        converted = TrackMessages.Endpoint.messages(source)
      }
      messages.append(DeploymentTrack())
      messages[index].set(tracks, index)
      messages[index].endpoints = converted
    }
    return messages
  }

  /// Sets all fields but the endpoints, in place: both values are large, and copying them field by
  /// field with all their references costs more than the conversion.
  private mutating func set(_ tracks: [Track], _ index: Int) {
    id = tracks[index].id
    componentId = tracks[index].componentId
    if let version = tracks[index].version { apiVersion = version.description }
    versionStrategy = .majorMinor
    branch = tracks[index].branch
    description = tracks[index].description
    autoDeployEnabled = tracks[index].autoDeployEnabled
    latest = tracks[index].isLatest
    configRevision = tracks[index].configRevision
    etag = ETag.text(tracks[index].revision)
    createdAt = Protobuf.Timestamp(tracks[index].createdAt)
    updatedAt = Protobuf.Timestamp(tracks[index].updatedAt)
    createdBy = tracks[index].createdBy
  }
}

extension Protobuf.Timestamp {
  package init(_ time: TrackDomain.Timestamp) {
    self.init()
    seconds = time.seconds
    nanos = time.nanoseconds
  }
}
