import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct SnapshotTests {
  static let tracks: [Track] = {
    var bare = Track.sample
    bare.version = nil
    bare.branch = ""
    bare.endpoints = []
    bare.createdAt = Timestamp(microseconds: .min)
    bare.updatedAt = Timestamp(microseconds: .max)
    bare.revision = .max
    var extreme = Track.sample
    extreme.version = APIVersion(major: .max, minor: 0)
    extreme.endpoints = [.sample, .sample]
    extreme.configRevision = .max
    return [.sample, bare, extreme]
  }()

  static let resources: [CatalogResource] = [
    Organization(id: "acme", tier: .paid).resource,
    Project(id: "shop", organizationId: "acme").resource,
    Component(id: "c", projectId: "shop", type: .task).resource,
    Component(
      id: "c", projectId: "shop", type: .service, imageSource: .registry, repositoryURL: "u",
      sourcePath: "s", imageRegistry: "r", image: "i", autoBuildOnCommit: false,
      defaultPipelineId: "p"
    ).resource,
    Environment(
      id: "dev", projectId: "shop", name: "Dev", gitopsRepositoryURL: "g", gitopsBranch: "b",
      gitopsPath: "p"
    ).resource,
    DeploymentPipeline(id: "line", projectId: "shop", environmentIds: ["dev", "prod"]).resource,
  ]

  @Test(arguments: tracks) func `keep tracks`(track: Track) throws {
    #expect(try Snapshot.track(Snapshot.encode(track)) == track)
    #expect(try Snapshot.endpoints(Snapshot.encode(track.endpoints)) == track.endpoints)
  }

  @Test(arguments: resources) func `keep catalog resources`(resource: CatalogResource) throws {
    #expect(try Snapshot.catalogResource(Snapshot.encode(resource)) == resource)
  }

  @Test(arguments: [TrackImage.sample, .bareSample]) func `keep images`(image: TrackImage) throws {
    #expect(try Snapshot.image(Snapshot.encode(image)) == image)
    var bare = image
    bare.branch = ""
    bare.images = []
    bare.committedAt = nil
    bare.gitopsHash = ""
    bare.apiDefinitionPath = ""
    bare.ports = []
    bare.createdBy = ""
    bare.autoDeploy = AutoDeployOutcome(.disabled)
    try Snapshot.decodeDetails(Snapshot.encodeDetails(of: image), of: &bare)
    #expect(bare == image)
  }

  @Test(arguments: [Deployment.sample, .bareSample])
  func `keep deployments`(deployment: Deployment) throws {
    #expect(try Snapshot.deployment(Snapshot.encode(deployment)) == deployment)
    let binding = EnvironmentBinding(
      componentId: "c", trackId: "t", environmentId: "e", currentDeploymentId: "d",
      currentImageId: "i", heldBy: "h")
    #expect(try Snapshot.binding(Snapshot.encode(binding)) == binding)
  }

  @Test func `keep the attempts at a deployment, and read what was written before there were any`()
    throws
  {
    var deployment = Deployment.bareSample
    let before = Snapshot.encode(deployment)
    #expect(try Snapshot.deployment(before).attempts == nil)
    var holding = deployment
    holding.holdsAutoDeploy = true
    #expect(try Snapshot.deployment(Snapshot.encode(holding)) == holding)
    holding.attempts = DeploymentAttempts(count: 0, lastError: "", nextAt: nil)
    #expect(try Snapshot.deployment(Snapshot.encode(holding)) == holding)
    for attempts in [
      DeploymentAttempts(count: 3, lastError: "down", nextAt: Timestamp(microseconds: 7)),
      DeploymentAttempts(count: 0, lastError: "", nextAt: nil),
    ] {
      deployment.attempts = attempts
      let bytes = Snapshot.encode(deployment)
      #expect(bytes.starts(with: before))
      #expect(try Snapshot.deployment(bytes) == deployment)
      for count in before.count + 1..<bytes.count {
        #expect(throws: SnapshotError.self) { try Snapshot.deployment(Array(bytes.prefix(count))) }
      }
    }
  }

  @Test(arguments: [TrackConfigs.sample, TrackConfigs()])
  func `keep configurations`(configs: TrackConfigs) throws {
    #expect(try Snapshot.configs(Snapshot.encode(configs)) == configs)
    #expect(try Snapshot.apiSettings(Snapshot.encode(configs.apiSettings)) == configs.apiSettings)
    #expect(
      try Snapshot.environmentVariables(Snapshot.encode(configs.environmentVariables))
        == configs.environmentVariables)
  }

  @Test func `keep texts`() throws {
    #expect(try Snapshot.text(Snapshot.encode("é\u{0}")) == "é\u{0}")
  }

  /// The reader of each kind of snapshot.
  static let readers: [(bytes: [UInt8], read: @Sendable ([UInt8]) throws -> Void)] = [
    (Snapshot.encode(TrackImage.sample), { _ = try Snapshot.image($0) }),
    (Snapshot.encode(Deployment.sample), { _ = try Snapshot.deployment($0) }),
    (Snapshot.encode(TrackConfigs.sample), { _ = try Snapshot.configs($0) }),
  ]

  @Test func `of images, deployments and configurations survive any bytes`() {
    for (bytes, read) in Self.readers {
      for count in 0..<bytes.count {
        #expect(throws: SnapshotError.self) { try read(Array(bytes.prefix(count))) }
      }
      #expect(throws: SnapshotError.self) { try read(bytes + [0]) }
      for _ in 0..<5000 {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...4) {
          changed[Int.random(in: changed.indices)] = .random(in: 0...255)
        }
        try? read(changed)
      }
    }
  }

  @Test func `that are cut short are refused`() {
    let track = Snapshot.encode(Track.sample)
    for count in 0..<track.count {
      #expect(throws: SnapshotError.self) { try Snapshot.track(Array(track.prefix(count))) }
    }
    #expect(throws: SnapshotError.self) { try Snapshot.track(track + [0]) }
  }

  @Test func `survive any bytes`() {
    let bytes = Snapshot.encode(Track.sample)
    for _ in 0..<20_000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...4) {
        changed[Int.random(in: changed.indices)] = .random(in: 0...255)
      }
      _ = try? Snapshot.track(changed)
      _ = try? Snapshot.endpoints(changed)
      _ = try? Snapshot.catalogResource(changed)
      _ = try? TrackKey(place: changed)
    }
  }
}
