import Protobuf
import TrackDomain
import TrackMessages

extension DeploymentTrack {
  init(_ track: Track) {
    self.init()
    id = track.id
    componentId = track.componentId
    if let version = track.version { apiVersion = version.description }
    versionStrategy = .majorMinor
    branch = track.branch
    description = track.description
    autoDeployEnabled = track.autoDeployEnabled
    latest = track.isLatest
    if !track.endpoints.isEmpty { endpoints = track.endpoints.map { TrackMessages.Endpoint($0) } }
    configRevision = track.configRevision
    etag = ETag.text(track.revision)
    createdAt = Protobuf.Timestamp(track.createdAt)
    updatedAt = Protobuf.Timestamp(track.updatedAt)
    createdBy = track.createdBy
  }
}

extension Protobuf.Timestamp {
  init(_ time: TrackDomain.Timestamp) {
    self.init()
    seconds = time.seconds
    nanos = time.nanoseconds
  }
}
