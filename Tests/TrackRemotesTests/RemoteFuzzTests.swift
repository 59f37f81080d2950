import EventLoop
import IntegrationMessages
import Protobuf
import RPC
import TestBasics
import TestSupport
import Testing
import TrackDomain
import TrackMapping
import TrackMessages

@testable import TrackRemotes

/// Remote services with any answer that can be encoded: the adapters return values that can be sent
/// on, or an error, and never trap. The name of each case has the seed.
@Suite(.timeLimit(.minutes(2))) struct RemoteFuzzTests {
  private static let rounds = max(50, 150 / Thoroughness.step)

  private let component = TrackDomain.Component(
    id: "cmp", projectId: "prj", type: .service, repositoryURL: "https://git.example/app")
  private let later = TrackDomain.Timestamp(
    microseconds: WallClock.nowMicroseconds() + 3_600_000_000)

  @Test(arguments: [UInt64(1), 2, 3])
  func `answers of every kind are values or errors`(seed: UInt64) async throws {
    let wild = WildAnswers(seed: seed)
    var services = RemoteServices()
    services.builds = { request in wild.builds(request.runIds) }
    services.commits = { request in wild.commits(request.commitHashes) }
    services.createReleases = { request in wild.releases(request.releases.map(\.deploymentId)) }
    services.updateStatuses = { request in wild.statuses(request.updates.map(\.deploymentId)) }
    services.deploy = { request in wild.deployments(request.orders.map(\.deployment!.id)) }
    services.receipt = { _ in wild.receipt() }
    services.tier = { _ in wild.tier() }
    try await services.withServer { server in
      for _ in 0..<Self.rounds {
        await askBuilds(server)
        await askReleases(server)
        await askDeployer(server)
        _ = try? await RemoteSubscriptions(server).tier(organizationId: "org")
      }
    }
    #expect(wild.unseen == [])
  }

  /// Callers get the answers, so times must fit protobuf and JSON.
  private func askBuilds(_ server: RemoteServer) async {
    let builds = RemoteBuildService(server)
    let images = ["r1", "r2"].map { Samples.image(run: $0, at: later) }
    let statuses = try? await builds.buildStatuses(
      of: images, component: component, deadline: later)
    for status in (statuses ?? [:]).values {
      if let time = status.builtAt { expectSendable(time) }
    }
    let commits = try? await builds.commitHistory(
      ["cafe", "beef"], component: component, deadline: later)
    for commit in (commits ?? [:]).values {
      expectSendable(commit.authoredAt)
      #expect((try? Author(commit).jsonString()) != nil)
    }
  }

  private func expectSendable(_ time: TrackDomain.Timestamp) {
    let message = Protobuf.Timestamp(time)
    #expect((-62_135_596_800...253_402_300_799).contains(message.seconds))
    #expect((0...999_999_999).contains(message.nanos))
  }

  private func askReleases(_ server: RemoteServer) async {
    let releases = RemoteReleaseManagement(server)
    let created = await releases.createReleases(["a", "b"].map { Samples.release($0, at: later) })
    #expect(created.count == 2)
    for case .success(let ids) in created {
      #expect((1...255).contains(ids.releaseId.unicodeScalars.count))
      #expect((1...255).contains(ids.releaseDeploymentId.unicodeScalars.count))
    }
    let told = await releases.updateStatuses(
      ["a", "b"].map {
        ReleaseUpdate(
          deploymentId: $0, componentId: "c",
          ids: ReleaseIds(releaseId: "r", releaseDeploymentId: $0),
          status: .failed)
      })
    #expect(told.count == 2)
  }

  private func askDeployer(_ server: RemoteServer) async {
    let deployer = RemoteDeployer(server, timeout: .seconds(20))
    let orders = ["a", "b"].map { Samples.order($0, component, at: later) }
    let results = await deployer.deploy(orders) { _ in }
    #expect(Set(results.keys) == ["a", "b"])
    for case .success(let receipt) in results.values {
      #expect(receipt.gitopsHash.unicodeScalars.count <= 255)
    }
    _ = try? await deployer.receipt(of: orders[0], gitopsHash: "")
  }
}

private enum Samples {
  static func image(run: String, at time: TrackDomain.Timestamp) -> TrackImage {
    TrackImage(
      id: "img-\(run)", componentId: "cmp", trackId: "trk", savedTrackId: "trk",
      images: [.init(name: "app", reference: "registry.example/app:1")], runId: run,
      createdAt: time, updatedAt: time)
  }

  static func release(_ id: String, at time: TrackDomain.Timestamp) -> ReleaseOrder {
    ReleaseOrder(
      deploymentId: id, organizationId: "org", projectId: "prj", componentId: "cmp",
      trackId: "trk", environmentId: "env", image: image(run: "run", at: time))
  }

  static func order(
    _ id: String, _ component: TrackDomain.Component, at time: TrackDomain.Timestamp
  ) -> DeploymentOrder {
    let track = Track(
      id: "trk", componentId: "cmp", version: APIVersion(major: 1, minor: 0), branch: "main",
      description: "", autoDeployEnabled: false, isLatest: true, endpoints: [], configRevision: 0,
      revision: 1, createdAt: time, updatedAt: time, createdBy: "ada")
    return DeploymentOrder(
      deployment: TrackDomain.Deployment(
        id: id, componentId: "cmp", trackId: "trk", environmentId: "env", imageId: "img-run",
        kind: .deploy, state: .inProgress, actor: Principal(name: "ada", isVerified: false),
        createdAt: time),
      organizationId: "org", component: component, track: track,
      environment: TrackDomain.Environment(id: "env", projectId: "prj", name: "production"),
      image: image(run: "run", at: time), configs: TrackDomain.TrackConfigs())
  }
}

/// Answers with random and extreme values in every field. Records which fields had a value other
/// than the default, so that a field that is added later is not forgotten.
///
/// `@unchecked Sendable`: all state is touched under `lock` only.
private final class WildAnswers: @unchecked Sendable {
  private let lock = Lock()
  private var random: SeededRandom
  private var seen: Set<String> = []
  private var known: Set<String> = []

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// The fields that have never had a value.
  var unseen: Set<String> { lock.withLock { known.subtracting(seen) } }

  func builds(_ asked: [String]) -> GetBuildStatusByDeploymentTrackResponse {
    answer { (response: inout GetBuildStatusByDeploymentTrackResponse) in
      response.builds = list { build in
        build.runId = id(asked)
        build.status = text()
        build.builtAt = maybe { time() }
      }
    }
  }

  func commits(_ asked: [String]) -> GetCommitHistoryResponse {
    answer { (response: inout GetCommitHistoryResponse) in
      response.commits = list { commit in
        commit.commitHash = id(asked)
        commit.message = text()
        commit.author = maybe {
          make { (author: inout Author) in
            author.name = text()
            author.email = text()
            author.avatarUrl = text()
            author.date = maybe { time() }
          }
        }
      }
    }
  }

  func releases(_ asked: [String]) -> CreateReleasesResponse {
    answer { (response: inout CreateReleasesResponse) in
      response.results = list { result in
        result.deploymentId = id(asked)
        result.result = maybe {
          number(2) == 0
            ? .error(status())
            : .release(
              make { (release: inout CreatedRelease) in
                release.releaseMgtReleaseId = text()
                release.releaseMgtDeploymentId = text()
              })
        }
      }
    }
  }

  func statuses(_ asked: [String]) -> UpdateDeploymentStatusesResponse {
    answer { (response: inout UpdateDeploymentStatusesResponse) in
      response.results = list { result in
        result.deploymentId = id(asked)
        result.error = maybe { status() }
      }
    }
  }

  func deployments(_ asked: [String]) -> DeployResponse {
    answer { (response: inout DeployResponse) in
      response.results = list { result in
        result.deploymentId = id(asked)
        result.result = maybe { number(2) == 0 ? .error(status()) : .receipt(someReceipt()) }
      }
    }
  }

  func receipt() -> GetReceiptResponse {
    answer { (response: inout GetReceiptResponse) in response.receipt = maybe { someReceipt() } }
  }

  func tier() -> GetTierResponse {
    answer { (response: inout GetTierResponse) in
      response.tier = TrackMessages.OrganizationTier(rawValue: int32())
    }
  }

  // MARK: Messages, under the lock

  private func answer<Answer: Message>(_ fill: (inout Answer) -> Void) -> Answer {
    lock.withLock { make(fill) }
  }

  private func make<Value: Message>(_ fill: (inout Value) -> Void) -> Value {
    var value = Value()
    fill(&value)
    let plain = Mirror(reflecting: Value()).children.map { "\($0.value)" }
    for (child, plain) in zip(Mirror(reflecting: value).children, plain) {
      guard let label = child.label, label != "unknownFields" else { continue }
      known.insert("\(Value.fullName).\(label)")
      if "\(child.value)" != plain { seen.insert("\(Value.fullName).\(label)") }
    }
    return value
  }

  private func list<Value: Message>(_ fill: (inout Value) -> Void) -> [Value] {
    (0..<number(5)).map { _ in make(fill) }
  }

  private func someReceipt() -> DeployReceipt {
    make { (receipt: inout DeployReceipt) in receipt.gitopsHash = text() }
  }

  private func status() -> Status {
    make { (status: inout Status) in
      status.code = number(3) == 0 ? int32() : Int32(number(20))
      status.message = text()
      status.details = list { (detail: inout AnyMessage) in
        detail.typeUrl = text()
        detail.value = Array(text().utf8)
      }
    }
  }

  private func time() -> Protobuf.Timestamp {
    make { (time: inout Protobuf.Timestamp) in
      time.seconds = int64()
      time.nanos = number(2) == 0 ? Int32(number(1_000_000_000)) : int32()
    }
  }

  // MARK: Values

  private func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

  private func maybe<Value>(_ body: () -> Value) -> Value? { number(4) == 0 ? nil : body() }

  private func int64() -> Int64 {
    let edges: [Int64] = [
      .min, .min + 1, -9_223_372_036_855, -9_223_372_036_854, -62_135_596_801, -62_135_596_800,
      -1, 0, 1, 253_402_300_799, 253_402_300_800, 9_223_372_036_854, 9_223_372_036_855, .max,
    ]
    switch number(4) {
    case 0: return Int64.random(in: .min ... .max, using: &random)
    case 1: return Int64(number(2_000_000_000))
    default: return edges[number(edges.count)]
    }
  }

  private func int32() -> Int32 {
    let edges: [Int32] = [.min, -1, 0, 1, 2, 3, 255, 256, 999_999_999, 1_000_000_000, .max]
    return number(3) == 0
      ? Int32.random(in: .min ... .max, using: &random) : edges[number(edges.count)]
  }

  private func id(_ asked: [String]) -> String {
    number(5) == 0 ? text() : asked[number(asked.count)]
  }

  private func text() -> String {
    switch number(6) {
    case 0: ""
    case 1: "SUCCEEDED"
    case 2: String(repeating: "é", count: [254, 255, 256, 301, 16_385][number(5)])
    case 3: "a" + String(repeating: "\u{301}", count: 400)
    default:
      String(
        String.UnicodeScalarView(
          (0..<number(40)).compactMap { _ in
            Unicode.Scalar(UInt32(number([0x80, 0x800, 0x11_0000][number(3)])))
          }))
    }
  }
}
