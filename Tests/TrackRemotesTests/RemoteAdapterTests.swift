import EventLoop
import IntegrationMessages
import Protobuf
import RPC
import RPCHTTP2
import Testing
import TrackDomain
import TrackMessages

@testable import TrackRemotes

@Suite(.timeLimit(.minutes(2))) struct RemoteAdapterTests {
  private let component = TrackDomain.Component(
    id: "cmp", projectId: "prj", type: .service, repositoryURL: "https://git.example/app")
  private let later = TrackDomain.Timestamp(
    microseconds: WallClock.nowMicroseconds() + 3_600_000_000)

  private func image(run: String = "run", track: String = "trk") -> TrackImage {
    TrackImage(
      id: "img-\(run)", componentId: "cmp", trackId: track, savedTrackId: track,
      images: [.init(name: "app", reference: "registry.example/app:1")], runId: run,
      apiDefinitionPath: "api.yaml", ports: [8080], createdAt: later, updatedAt: later)
  }

  private func release(_ id: String) -> ReleaseOrder {
    ReleaseOrder(
      deploymentId: id, organizationId: "org", projectId: "prj", componentId: "cmp",
      trackId: "trk", environmentId: "env", image: image())
  }

  private func deployment(_ id: String) -> DeploymentOrder {
    let track = Track(
      id: "trk", componentId: "cmp", version: APIVersion(major: 1, minor: 0), branch: "main",
      description: "", autoDeployEnabled: false, isLatest: true,
      endpoints: [.init(name: "old", type: .rest, port: 8080, visibilities: [.public])],
      configRevision: 2, revision: 3, createdAt: later, updatedAt: later, createdBy: "ada")
    let configs = TrackDomain.TrackConfigs(
      endpoints: [.init(name: "api", type: .grpc, port: 9090, visibilities: [.project])],
      apiSettings: APISettings(
        securitySchemes: ["OAUTH"], cors: .init(isEnabled: true, allowOrigins: ["*"])),
      environmentVariables: [
        .init(name: "A", source: .value("1")),
        .init(name: "B", source: .connection(name: "db", key: "url"), origin: .sourceConfig),
      ])
    return DeploymentOrder(
      deployment: TrackDomain.Deployment(
        id: id, componentId: "cmp", trackId: "trk", environmentId: "env", imageId: "img-run",
        kind: .rollback, state: .inProgress, configRevision: 2,
        actor: Actor(name: "ada", isVerified: false), createdAt: later),
      organizationId: "org", component: component, track: track,
      environment: TrackDomain.Environment(id: "env", projectId: "prj", name: "production"),
      image: image(), configs: configs)
  }

  // MARK: Release management

  @Test func `results are in the order of the requests, in whatever order they come`() async throws
  {
    var services = RemoteServices()
    services.createReleases = { request in
      #expect(request.releases.count <= 100)
      var response = CreateReleasesResponse()
      response.results = request.releases.reversed().map { .made($0.deploymentId) }
      return response
    }
    try await withServer(services) { server in
      let ids = (0..<250).map { "d\($0)" }
      let results = await RemoteReleaseManagement(server).createReleases(ids.map(release))
      #expect(
        results.map { try? $0.get() }
          == ids.map { ReleaseIds(releaseId: "r-\($0)", releaseDeploymentId: "rd-\($0)") })
    }
  }

  @Test func `a bad result is bad for its item only`() async throws {
    var services = RemoteServices()
    services.createReleases = { _ in
      var response = CreateReleasesResponse()
      var empty = CreateReleaseResult()
      empty.deploymentId = "empty"
      var nameless = CreateReleaseResult.made("nameless")
      nameless.result = .release(CreatedRelease())
      var refused = CreateReleaseResult()
      refused.deploymentId = "refused"
      var status = Status()
      status.code = 9
      status.message = "not this\none"
      refused.result = .error(status)
      response.results = [
        .made("good"), .made("twice"), .made("twice"), .made("unknown"), empty, nameless, refused,
      ]
      return response
    }
    try await withServer(services) { server in
      let results = await RemoteReleaseManagement(server).createReleases(
        ["good", "twice", "missing", "empty", "nameless", "refused"].map(release))
      #expect((try? results[0].get())?.releaseId == "r-good")
      for result in results[1...4] {
        guard case .failure(let error) = result else {
          Issue.record("\(result)")
          continue
        }
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("makes no sense"))
      }
      #expect(
        results[5]
          == .failure(
            IntegrationError(
              .refused, "release management answered FAILED_PRECONDITION: not this one")))
    }
  }

  @Test func `what became of deployments is told`() async throws {
    let requests = Journal<DeploymentStatusUpdate>()
    var services = RemoteServices()
    services.updateStatuses = { request in
      var response = UpdateDeploymentStatusesResponse()
      for update in request.updates {
        requests.append(update)
        var result = UpdateDeploymentStatusResult()
        result.deploymentId = update.deploymentId
        if update.status == .failed { result.error = Status() }
        response.results.append(result)
      }
      return response
    }
    try await withServer(services) { server in
      let results = await RemoteReleaseManagement(server).updateStatuses(
        ReleaseStatus.allCases.map { status in
          ReleaseUpdate(
            deploymentId: "\(status)", ids: ReleaseIds(releaseId: "r", releaseDeploymentId: "d"),
            status: status, message: "m")
        })
      #expect(results.map { (try? $0.get()) != nil } == [true, true, false, true])
      #expect(requests.all.map(\.status) == [.pending, .succeeded, .failed, .cancelled])
    }
  }

  @Test(arguments: [0, 1, 42, 99])
  func `what is refused as a whole is cut until the guilty one stands alone`(bad: Int) async throws
  {
    let calls = Journal<Int>()
    var services = RemoteServices()
    services.createReleases = { request in
      calls.append(request.releases.count)
      if request.releases.contains(where: { $0.deploymentId == "d\(bad)" }) {
        throw RPCError(.invalidArgument, "no such project")
      }
      var response = CreateReleasesResponse()
      response.results = request.releases.map { .made($0.deploymentId) }
      return response
    }
    services.updateStatuses = { request in
      if request.updates.contains(where: { $0.deploymentId == "d\(bad)" }) {
        throw RPCError(.failedPrecondition, "not that one")
      }
      var response = UpdateDeploymentStatusesResponse()
      response.results = request.updates.map { update in
        var result = UpdateDeploymentStatusResult()
        result.deploymentId = update.deploymentId
        return result
      }
      return response
    }
    try await withServer(services) { server in
      let ids = (0..<100).map { "d\($0)" }
      let releases = RemoteReleaseManagement(server)
      let created = await releases.createReleases(ids.map(release))
      for (index, result) in created.enumerated() {
        #expect(((try? result.get()) != nil) == (index != bad))
      }
      #expect(created[bad].failure?.message.contains("no such project") == true)
      // Two calls for each halving at most.
      #expect(calls.count <= 1 + 2 * 7)
      let told = await releases.updateStatuses(
        ids.map {
          ReleaseUpdate(
            deploymentId: $0, ids: ReleaseIds(releaseId: "r", releaseDeploymentId: "d"),
            status: .failed)
        })
      #expect(told.map { $0.failure != nil } == (0..<100).map { $0 == bad })
    }
  }

  @Test func `orders that are refused do not fail the others, and large ones go alone`()
    async throws
  {
    let calls = Journal<[String]>()
    var services = RemoteServices()
    services.deploy = { request in
      let ids = request.orders.map { $0.deployment?.id ?? "" }
      calls.append(ids)
      if ids.contains("bad") { throw RPCError(.invalidArgument, "not that one") }
      var response = DeployResponse()
      response.results = ids.map { id in
        var result = DeployResult()
        result.deploymentId = id
        result.result = .receipt(DeployReceipt())
        return result
      }
      return response
    }
    try await withServer(services) { server in
      let deployer = RemoteDeployer(server, timeout: .seconds(60))
      var announced: [String] = []
      var orders = ["a", "bad", "b", "c", "large", "larger", "d"].map(deployment)
      for index in [4, 5] {
        orders[index].configs.environmentVariables = [
          .init(name: "X", source: .value(String(repeating: "x", count: 2 << 20)))
        ]
      }
      let names = Journal<String>()
      let results = await deployer.deploy(orders) { hashes in
        for id in hashes.keys { names.append(id) }
      }
      announced = names.all.sorted()
      #expect(announced == orders.map(\.deployment.id).sorted())
      #expect(results.count == 7)
      for (id, result) in results { #expect((result.failure != nil) == (id == "bad")) }
      #expect(!calls.all.contains { $0.contains("large") && $0.contains("larger") })
    }
  }

  @Test func `a service that does not answer is not asked again in halves`() async throws {
    let calls = Journal<Int>()
    var services = RemoteServices()
    services.createReleases = { request in
      calls.append(request.releases.count)
      throw RPCError(.internal, "broken")
    }
    try await withServer(services) { server in
      let results = await RemoteReleaseManagement(server).createReleases(
        (0..<10).map { release("d\($0)") })
      #expect(results.allSatisfy { $0.failure?.kind == .unavailable })
      #expect(calls.all == [10])
    }
  }

  // MARK: Deployer

  @Test func `nothing is sent before it was recorded that it may be`() async throws {
    let calls = Journal<String>()
    var services = RemoteServices()
    services.deploy = { request in
      calls.append("deploy")
      var response = DeployResponse()
      response.results = request.orders.map { order in
        var result = DeployResult()
        result.deploymentId = order.deployment?.id ?? ""
        var receipt = DeployReceipt()
        receipt.gitopsHash = "abc"
        result.result = .receipt(receipt)
        return result
      }
      let order = try #require(request.orders.first)
      #expect(order.deployment?.kind == .rollback)
      #expect(order.deploymentTrack?.endpoints.isEmpty == true)
      #expect(order.deploymentTrack?.apiVersion == "v1.0")
      #expect(order.configs?.endpoints.map(\.name) == ["api"])
      #expect(order.configs?.configRevision == 2)
      #expect(order.configs?.apiSettings?.cors?.allowOrigins == ["*"])
      #expect(order.configs?.environmentVariables.count == 2)
      #expect(order.imagePorts == [8080])
      return response
    }
    try await withServer(services) { server in
      let deployer = RemoteDeployer(server, timeout: .seconds(60))
      let results = await deployer.deploy(["a", "b"].map(deployment)) { hashes in
        #expect(hashes == ["a": "", "b": ""])
        calls.append("willPublish")
      }
      #expect(calls.all == ["willPublish", "deploy"])
      #expect(
        results == [
          "a": .success(DeploymentReceipt(gitopsHash: "abc")),
          "b": .success(DeploymentReceipt(gitopsHash: "abc")),
        ])
      let refused = await deployer.deploy(["c"].map(deployment)) { _ in throw CancellationError() }
      #expect(refused.count == 1)
      #expect(calls.count == 2)
    }
  }

  @Test func `a receipt is asked for`() async throws {
    var services = RemoteServices()
    services.receipt = { request in
      #expect(request.environment?.id == "env")
      var response = GetReceiptResponse()
      if request.deploymentId == "odd" {
        response.receipt = DeployReceipt()
        response.receipt?.gitopsHash = "a\nb"
      }
      if request.deploymentId == "there" { response.receipt = DeployReceipt() }
      return response
    }
    try await withServer(services) { server in
      let deployer = RemoteDeployer(server, timeout: .seconds(60))
      let there = try await deployer.receipt(of: deployment("there"), gitopsHash: "")
      #expect(there == DeploymentReceipt(gitopsHash: ""))
      let gone = try await deployer.receipt(of: deployment("gone"), gitopsHash: "")
      #expect(gone == nil)
      await #expect(throws: IntegrationError.self) {
        try await deployer.receipt(of: deployment("odd"), gitopsHash: "")
      }
    }
  }

  // MARK: The others

  @Test func `builds are asked for by track, each run once`() async throws {
    let requests = Journal<[String]>()
    var services = RemoteServices()
    services.builds = { request in
      requests.append([request.deploymentTrackId] + request.runIds)
      var outcome = BuildOutcome()
      outcome.runId = request.runIds[0]
      outcome.status = "SUCCEEDED"
      var response = GetBuildStatusByDeploymentTrackResponse()
      response.builds = [outcome]
      return response
    }
    try await withServer(services) { server in
      let found = try await RemoteBuildService(server).buildStatuses(
        of: [image(run: "1"), image(run: "2"), image(run: "1"), image(run: "3", track: "")],
        component: component, deadline: later)
      #expect(found.keys.sorted() == ["1", "3"])
      #expect(requests.all.sorted { $0[0] < $1[0] } == [["", "3"], ["trk", "1", "2"]])
    }
  }

  @Test(arguments: ["unknown", "twice", "authorless", "timeless"])
  func `commits that make no sense are no answer`(fault: String) async throws {
    var services = RemoteServices()
    services.commits = { _ in
      var commit = CommitDetails()
      commit.commitHash = fault == "unknown" ? "beef" : "cafe"
      if fault != "authorless" {
        var author = Author()
        var date = Protobuf.Timestamp()
        date.seconds = fault == "timeless" ? .max : 1
        author.date = date
        commit.author = author
      }
      var response = GetCommitHistoryResponse()
      response.commits = fault == "twice" ? [commit, commit] : [commit]
      return response
    }
    try await withServer(services) { server in
      let error = await #expect(throws: IntegrationError.self) {
        try await RemoteBuildService(server).commitHistory(
          ["cafe"], component: component, deadline: later)
      }
      #expect(error?.kind == .unavailable)
    }
  }

  @Test func `a deadline that has passed is no call`() async throws {
    let calls = Journal<Bool>()
    var services = RemoteServices()
    services.commits = { _ in
      calls.append(true)
      return .init()
    }
    try await withServer(services) { server in
      await #expect(throws: IntegrationError.self) {
        try await RemoteBuildService(server).commitHistory(
          ["cafe"], component: component, deadline: TrackDomain.Timestamp(microseconds: 0))
      }
    }
    #expect(calls.count == 0)
  }

  @Test func `steps of a deletion are told with all they concern`() async throws {
    let requests = Journal<DeleteComponentResourcesRequest>()
    var services = RemoteServices()
    services.delete = { request in
      requests.append(request)
      return .init()
    }
    let order = deployment("d")
    let resources = TrackResources(
      operationId: "op", organizationId: "org", component: component, track: order.track,
      environments: [order.environment])
    try await withServer(services) { server in
      for step in ComponentResourceStep.allCases {
        try await RemoteComponentResourceDeleter(server).delete(step, of: resources)
      }
    }
    #expect(requests.all.map(\.step) == [.gatewayConfigs, .keySets, .externalResources])
    #expect(Set(requests.all.map(\.operationId)) == ["op"])
    #expect(requests.all.allSatisfy { $0.environments.map(\.id) == ["env"] })
  }

  @Test(arguments: [
    (TrackMessages.OrganizationTier.free, TrackDomain.OrganizationTier?.some(.free)),
    (.paid, .some(.paid)), (.unspecified, .none),
  ])
  func `tiers that are known, and none`(
    answer: TrackMessages.OrganizationTier, tier: TrackDomain.OrganizationTier?
  ) async throws {
    var services = RemoteServices()
    services.tier = { request in
      #expect(request.organizationId == "org")
      var response = GetTierResponse()
      response.tier = answer
      return response
    }
    try await withServer(services) { server in
      let answered = try await RemoteSubscriptions(server).tier(organizationId: "org")
      #expect(answered == tier)
    }
  }

  @Test func `a tier that nobody knows is none`() async throws {
    var services = RemoteServices()
    services.tier = { _ in
      var response = GetTierResponse()
      response.tier = .unrecognized(17)
      return response
    }
    try await withServer(services) { server in
      await #expect(throws: IntegrationError.self) {
        try await RemoteSubscriptions(server).tier(organizationId: "org")
      }
    }
  }

  /// Runs a server with these services and a connection to it.
  private func withServer(
    _ services: RemoteServices, _ body: (RemoteServer) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 2)
    let loopback = try #require(SocketAddress("127.0.0.1:0"))
    let transport = try HTTP2ServerTransport(addresses: [loopback], loops: [loops.loops[0]])
    let rpc = RPCServer(transports: [transport], services: services.all)
    let serving = Task { try await rpc.serve() }
    let server = RemoteServer(
      address: transport.listeningAddresses[0].description, loop: loops.loops[1])
    let running = Task { await server.run() }
    do {
      try await body(server)
    } catch {
      Issue.record(error)
    }
    running.cancel()
    await running.value
    rpc.beginGracefulShutdown()
    try await serving.value
    await loops.shutdown()
  }
}

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}

extension CreateReleaseResult {
  fileprivate static func made(_ id: String) -> CreateReleaseResult {
    var release = CreatedRelease()
    release.releaseMgtReleaseId = "r-\(id)"
    release.releaseMgtDeploymentId = "rd-\(id)"
    var result = CreateReleaseResult()
    result.deploymentId = id
    result.result = .release(release)
    return result
  }
}
