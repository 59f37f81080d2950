import EventLoop
import IntegrationMessages
import Protobuf
import RPC
import Testing
import TrackDomain
import TrackMapping
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
        actor: Principal(name: "ada", isVerified: false), createdAt: later),
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
    try await services.withServer { server in
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
    try await services.withServer { server in
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
    try await services.withServer { server in
      let results = await RemoteReleaseManagement(server).updateStatuses(
        ReleaseStatus.allCases.map { status in
          ReleaseUpdate(
            deploymentId: "\(status)", componentId: "c",
            ids: ReleaseIds(releaseId: "r", releaseDeploymentId: "d"),
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
    try await services.withServer { server in
      let ids = (0..<100).map { "d\($0)" }
      let releases = RemoteReleaseManagement(server)
      let created = await releases.createReleases(ids.map(release))
      for (index, result) in created.enumerated() {
        #expect(((try? result.get()) != nil) == (index != bad))
      }
      #expect(created[bad].failure?.message.contains("no such project") == true)
      // At most two calls for each halving.
      #expect(calls.count <= 1 + 2 * 7)
      let told = await releases.updateStatuses(
        ids.map {
          ReleaseUpdate(
            deploymentId: $0, componentId: "c",
            ids: ReleaseIds(releaseId: "r", releaseDeploymentId: "d"),
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
    try await services.withServer { server in
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

  @Test(arguments: StatusCode.allCases.filter { $0 != .ok && $0 != .unavailable })
  func `only what is about the request is asked for again in halves`(code: StatusCode) async throws
  {
    let calls = Journal<Int>()
    var services = RemoteServices()
    services.createReleases = { request in
      calls.append(request.releases.count)
      let ids = request.releases.map(\.deploymentId)
      if ids.contains("bad") { throw RPCError(code, "not that") }
      var response = CreateReleasesResponse()
      response.results = ids.map { .made($0) }
      return response
    }
    let isAboutRequest = [.invalid, .refused, .notFound].contains(IntegrationError.Kind(code))
    try await services.withServer { server in
      let results = await RemoteReleaseManagement(server).createReleases(
        ["a", "bad"].map(release))
      #expect(results.map { $0.failure == nil } == [isAboutRequest, false])
      #expect(results[1].failure?.kind == IntegrationError.Kind(code))
      #expect(calls.all == (isAboutRequest ? [2, 1, 1] : [2]))
    }
  }

  @Test func `a service that does not answer is not asked again in halves`() async throws {
    let calls = Journal<Int>()
    var services = RemoteServices()
    services.createReleases = { request in
      calls.append(request.releases.count)
      throw RPCError(.internal, "broken")
    }
    try await services.withServer { server in
      let results = await RemoteReleaseManagement(server).createReleases(
        (0..<10).map { release("d\($0)") })
      #expect(results.allSatisfy { $0.failure?.kind == .unavailable })
      #expect(calls.all == [10])
    }
  }

  @Test func `a release is asked for, and told of, with all that it is about`() async throws {
    let order = release("d")
    var services = RemoteServices()
    services.createReleases = { request in
      var expected = NewRelease()
      expected.deploymentId = "d"
      expected.organizationId = "org"
      expected.projectId = "prj"
      expected.componentId = "cmp"
      expected.deploymentTrackId = "trk"
      expected.environmentId = "env"
      expected.image = DeploymentTrackImage(order.image)
      expected.imagePorts = [8080]
      expected.apiDefinitionPath = "api.yaml"
      #expect(request.releases == [expected])
      var response = CreateReleasesResponse()
      response.results = [.made("d")]
      return response
    }
    services.updateStatuses = { request in
      var expected = DeploymentStatusUpdate()
      expected.deploymentId = "d"
      expected.releaseMgtReleaseId = "r-d"
      expected.releaseMgtDeploymentId = "rd-d"
      expected.status = .failed
      expected.message = "why"
      #expect(request.updates == [expected])
      return .init()
    }
    try await services.withServer { server in
      let releases = RemoteReleaseManagement(server)
      let ids = try #require(try await releases.createReleases([order]).first?.get())
      let update = ReleaseUpdate(
        deploymentId: "d", componentId: "c", ids: ids, status: .failed, message: "why")
      #expect(await releases.updateStatuses([update]).count == 1)
    }
  }

  // MARK: Deployer

  @Test func `orders go 64 at once, builds and commits a thousand`() async throws {
    let calls = Journal<Int>()
    var services = RemoteServices()
    services.deploy = { request in
      calls.append(request.orders.count)
      var response = DeployResponse()
      response.results = request.orders.map { order in
        var result = DeployResult()
        result.deploymentId = order.deployment?.id ?? ""
        result.result = .receipt(DeployReceipt())
        return result
      }
      return response
    }
    services.builds = { request in
      calls.append(request.runIds.count)
      var response = GetBuildStatusByDeploymentTrackResponse()
      response.builds = request.runIds.map { id in
        var outcome = BuildOutcome()
        outcome.runId = id
        outcome.status = "SUCCEEDED"
        return outcome
      }
      return response
    }
    services.commits = { request in
      calls.append(request.commitHashes.count)
      var response = GetCommitHistoryResponse()
      response.commits = request.commitHashes.map { hash in
        var commit = CommitDetails()
        commit.commitHash = hash
        commit.author = Author()
        commit.author?.date = Protobuf.Timestamp()
        return commit
      }
      return response
    }
    try await services.withServer { server in
      let receipts = await RemoteDeployer(server, timeout: .seconds(60)).deploy(
        (0..<65).map { deployment("\($0)") }
      ) { _ in }
      #expect(receipts.count == 65 && receipts.values.allSatisfy { $0.failure == nil })
      let builds = RemoteBuildService(server)
      let statuses = try await builds.buildStatuses(
        of: (0..<1001).map { image(run: "\($0)") }, component: component, deadline: later)
      #expect(statuses.count == 1001)
      let commits = try await builds.commitHistory(
        (0..<1001).map { "\($0)" }, component: component, deadline: later)
      #expect(commits.count == 1001)
      #expect(calls.all == [64, 1, 1000, 1, 1000, 1])
    }
  }

  @Test func `what builds and commits say is as long as it may be`() async throws {
    let long = String(repeating: "x", count: 20_000)
    var services = RemoteServices()
    services.builds = { _ in
      var outcome = BuildOutcome()
      outcome.runId = "run"
      outcome.status = long
      var response = GetBuildStatusByDeploymentTrackResponse()
      response.builds = [outcome]
      return response
    }
    services.commits = { _ in
      var commit = CommitDetails()
      commit.commitHash = "cafe"
      commit.message = long
      var author = Author()
      (author.name, author.email, author.avatarUrl) = (long, long, long)
      author.date = Protobuf.Timestamp()
      commit.author = author
      var response = GetCommitHistoryResponse()
      response.commits = [commit]
      return response
    }
    try await services.withServer { server in
      let builds = RemoteBuildService(server)
      let statuses = try await builds.buildStatuses(
        of: [image()], component: component, deadline: later)
      #expect(statuses["run"]?.status == long.prefix(64) + "…")
      let commits = try await builds.commitHistory(
        ["cafe"], component: component, deadline: later)
      let commit = try #require(commits["cafe"])
      #expect(commit.message == long.prefix(16_384))
      for text in [commit.authorName, commit.authorEmail] {
        #expect(text == long.prefix(255) + "…")
      }
    }
  }

  @Test func `each call has the time of its service, or what its caller leaves it`() async throws {
    let services = RemoteServices()
    let order = deployment("d")
    let resources = TrackResources(
      operationId: "op", organizationId: "org", component: component, track: order.track,
      environments: [order.environment])
    try await services.withServer { server in
      let builds = RemoteBuildService(server)
      for left in [3600, 5] as [Int64] {
        let deadline = TrackDomain.Timestamp(
          microseconds: WallClock.nowMicroseconds() + left * 1_000_000)
        _ = try await builds.buildStatuses(of: [image()], component: component, deadline: deadline)
        _ = try await builds.commitHistory(["cafe"], component: component, deadline: deadline)
      }
      let releases = RemoteReleaseManagement(server)
      _ = await releases.createReleases([release("d")])
      _ = await releases.updateStatuses([
        ReleaseUpdate(
          deploymentId: "d", componentId: "c",
          ids: ReleaseIds(releaseId: "r", releaseDeploymentId: "d"),
          status: .failed)
      ])
      _ = try await RemoteSubscriptions(server).tier(organizationId: "org")
      try await RemoteComponentResourceDeleter(server).delete(.keySets, of: resources)
      for seconds in [3600, 60] as [Int64] {
        let deployer = RemoteDeployer(server, timeout: .seconds(seconds))
        _ = await deployer.deploy([order]) { _ in }
        _ = try await deployer.receipt(of: order, gitopsHash: "")
      }
    }
    let limits: [Int64] = [10, 10, 5, 5, 10, 10, 2, 30, 300, 300, 60, 60]
    #expect(services.limits.count == limits.count)
    for (limit, seconds) in zip(services.limits.all, limits) {
      // Some of the time is gone on the way.
      #expect(limit <= .seconds(seconds) && limit > .seconds(seconds) / 2, "\(limit) \(seconds)")
    }
  }

  @Test func `nothing is sent before it was recorded that it may be`() async throws {
    let calls = Journal<String>()
    let expectedImage = DeploymentTrackImage(image())
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
      #expect(order.imagePorts == [8080] && order.apiDefinitionPath == "api.yaml")
      #expect(order.organizationId == "org" && order.environment?.id == "env")
      #expect(order.component?.id == "cmp" && order.image == expectedImage)
      return response
    }
    try await services.withServer { server in
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
      #expect(request.componentId == "cmp" && request.deploymentTrackId == "trk")
      #expect(request.environment?.id == "env")
      var response = GetReceiptResponse()
      if request.deploymentId == "odd" {
        response.receipt = DeployReceipt()
        response.receipt?.gitopsHash = "a\nb"
      }
      if request.deploymentId == "there" { response.receipt = DeployReceipt() }
      return response
    }
    try await services.withServer { server in
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

  // MARK: Other services

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
    try await services.withServer { server in
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
    try await services.withServer { server in
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
    try await services.withServer { server in
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
    try await services.withServer { server in
      for step in ComponentResourceStep.allCases {
        try await RemoteComponentResourceDeleter(server).delete(step, of: resources)
      }
    }
    #expect(requests.all.map(\.step) == [.gatewayConfigs, .keySets, .externalResources])
    for request in requests.all {
      #expect(request.operationId == "op" && request.organizationId == "org")
      #expect(request.component == TrackMessages.Component(component))
      #expect(request.deploymentTrack == DeploymentTrack(order.track))
      #expect(request.environments == [TrackMessages.Environment(order.environment)])
    }
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
    try await services.withServer { server in
      let answered = try await RemoteSubscriptions(server).tier(organizationId: "org")
      #expect(answered == tier)
    }
  }

  @Test func `an organization that the service does not know has no tier`() async throws {
    for (code, isAnswer) in [(StatusCode.notFound, true), (.failedPrecondition, false)] {
      var services = RemoteServices()
      services.tier = { _ in throw RPCError(code) }
      try await services.withServer { server in
        do {
          let tier = try await RemoteSubscriptions(server).tier(organizationId: "org")
          #expect(tier == nil && isAnswer)
        } catch {
          #expect(!isAnswer)
        }
      }
    }
  }

  // MARK: Connections

  @Test func `a server behind a socket file is asked like any other`() async throws {
    let path = "/tmp/trackd-remote-\(UniqueID.random())"
    let events = Journal<RemoteServer.Event>()
    try await RemoteServices().withServer(at: "unix:\(path)", onEvent: { events.append($0) }) {
      let tier = try await RemoteSubscriptions($0).tier(organizationId: "org")
      #expect(tier == nil)
    }
    #expect(events.all.first == .connected)
  }

  @Test func `a server that nobody finds is told as such, and left alone in time`() async throws {
    let path = "/tmp/trackd-remote-\(UniqueID.random())"
    let events = Journal<RemoteServer.Event>()
    let loops = try EventLoopGroup(count: 1)
    let server = RemoteServer(address: "unix:\(path)", loop: loops.loops[0]) { events.append($0) }
    let running = Task { await server.run() }
    for _ in 0..<8 {
      await #expect(throws: IntegrationError.self) {
        try await RemoteSubscriptions(server).tier(organizationId: "org")
      }
    }
    running.cancel()
    await running.value
    await loops.shutdown()
    #expect(!events.all.isEmpty)
    for event in events.all {
      switch event {
      case .unreachable(let reason): #expect(!reason.isEmpty)
      case .paused(let pause): #expect(pause > .zero)
      case .connected, .disconnected, .resumed: Issue.record("\(event)")
      }
    }
    #expect(events.all.contains { if case .paused = $0 { true } else { false } })
  }

  @Test func `deployments of one project are one lane`() async throws {
    try await RemoteServices().withServer { server in
      let deployer = RemoteDeployer(server, timeout: .seconds(60))
      let lanes = [("dev", "a"), ("prod", "a"), ("dev", "b")].map { id, project in
        deployer.lane(of: TrackDomain.Environment(id: id, projectId: project, name: id))
      }
      #expect(lanes[0] == lanes[1] && lanes[0] != lanes[2])
    }
  }

  @Test func `a tier that nobody knows is none`() async throws {
    var services = RemoteServices()
    services.tier = { _ in
      var response = GetTierResponse()
      response.tier = .unrecognized(17)
      return response
    }
    try await services.withServer { server in
      await #expect(throws: IntegrationError.self) {
        try await RemoteSubscriptions(server).tier(organizationId: "org")
      }
    }
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
