import EventLoop
import IntegrationMessages
import Protobuf
import RPC
public import TrackDomain
import TrackMapping
import TrackMessages

/// `deploymenttrack.integration.v1.BuildService`.
public struct RemoteBuildService: TrackDomain.BuildService {
  private static let name = "the build service"
  private static let maxAttempt = Duration.seconds(10)
  /// Runs or commits of one call.
  private static let batch = 1000
  /// The most characters of a status, of each text about a commit's author, and of a commit's
  /// message.
  private static let maxStatus = 64
  private static let maxName = 255
  private static let maxMessage = 16_384

  private let client: BuildServiceClient
  private let caller: RemoteCaller

  public init(_ server: RemoteServer) {
    client = BuildServiceClient(server.client)
    caller = server.caller
  }

  public func buildStatuses(
    of images: [TrackImage], component: TrackDomain.Component, deadline: TrackDomain.Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus] {
    var statuses: [String: BuildStatus] = [:]
    for (trackId, images) in Dictionary(grouping: images, by: \.trackId) {
      for runs in Array(Set(images.map(\.runId))).sorted().pieces(of: Self.batch) {
        var request = GetBuildStatusByDeploymentTrackRequest()
        request.component = TrackMessages.Component(component)
        request.deploymentTrackId = trackId
        request.runIds = Array(runs)
        let response = try await caller.call(
          BuildServiceMethods.getBuildStatusByDeploymentTrack, of: Self.name, timeouts(deadline)
        ) {
          [client, request] (options) in
          try await client.getBuildStatusByDeploymentTrack(request, options: options)
        }
        try Self.add(response.builds, asked: Set(runs), to: &statuses)
      }
    }
    return statuses
  }

  public func commitHistory(
    _ hashes: [String], component: TrackDomain.Component, deadline: TrackDomain.Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo] {
    var commits: [String: CommitInfo] = [:]
    for piece in Array(Set(hashes)).sorted().pieces(of: Self.batch) {
      var request = GetCommitHistoryRequest()
      request.component = TrackMessages.Component(component)
      request.commitHashes = Array(piece)
      let response = try await caller.call(
        BuildServiceMethods.getCommitHistory, of: Self.name, timeouts(deadline)
      ) {
        [client, request] (options) in
        try await client.getCommitHistory(request, options: options)
      }
      try Self.add(response.commits, asked: Set(piece), to: &commits)
    }
    return commits
  }

  private func timeouts(_ deadline: TrackDomain.Timestamp) -> RemoteTimeouts {
    let left = Duration.microseconds(deadline.microseconds - WallClock.nowMicroseconds())
    return RemoteTimeouts(attempt: min(left, Self.maxAttempt), overall: left)
  }

  private static func add(
    _ builds: [BuildOutcome], asked: Set<String>, to statuses: inout [String: BuildStatus]
  ) throws(IntegrationError) {
    for build in builds {
      guard asked.contains(build.runId) else { throw .senseless(name, "a run nobody asked for") }
      let status = RemoteText.readable(build.status, maxLength: maxStatus)
      guard !status.isEmpty else { throw .senseless(name, "a build without a status") }
      let builtAt = try build.builtAt.map { (time) throws(IntegrationError) in try Self.time(time) }
      let former = statuses.updateValue(
        BuildStatus(status: status, builtAt: builtAt), forKey: build.runId)
      guard former == nil else { throw .senseless(name, "two results for one run") }
    }
  }

  private static func add(
    _ details: [CommitDetails], asked: Set<String>, to commits: inout [String: CommitInfo]
  ) throws(IntegrationError) {
    for commit in details {
      let hash = commit.commitHash
      guard asked.contains(hash) else { throw .senseless(name, "a commit nobody asked for") }
      guard let author = commit.author, let date = author.date else {
        throw .senseless(name, "a commit without its author or date")
      }
      let info = CommitInfo(
        hash: hash, authorName: RemoteText.readable(author.name, maxLength: maxName),
        authorEmail: RemoteText.readable(author.email, maxLength: maxName),
        authoredAt: try time(date),
        avatarURL: RemoteText.readable(author.avatarUrl, maxLength: maxName),
        message: String(commit.message.unicodeScalars.prefix(maxMessage)))
      guard commits.updateValue(info, forKey: hash) == nil else {
        throw .senseless(name, "two results for one commit")
      }
    }
  }

  private static func time(
    _ message: Protobuf.Timestamp
  ) throws(IntegrationError) -> TrackDomain.Timestamp {
    guard let time = TrackDomain.Timestamp(message) else {
      throw .senseless(name, "a time outside of the years 1 to 9999")
    }
    return time
  }
}
