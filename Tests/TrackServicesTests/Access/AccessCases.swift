import Protobuf
import RPC
import TrackDomain
import TrackMessages

/// Where the grants of the table's policies count.
enum GrantedScope: String, CaseIterable, Sendable {
  case all
  case organization = "{organization: acme}"
  case project = "{project: shop}"
  case component = "{component: cart}"
  case environment = "{environment: dev}"
  case componentInEnvironment = "{component: cart, environment: dev}"
  case otherOrganization = "{organization: other}"
  case otherProject = "{project: blog}"
  case otherComponent = "{component: web}"
  case otherEnvironment = "{environment: prod}"
  case otherPair = "{component: web, environment: dev}"

  static let organizations: Set<GrantedScope> = [.all, .organization]
  static let projects = organizations.union([.project])
  static let components = projects.union([.component])
  static let environments = projects.union([.environment])
  static let deployments = components.union([.environment, .componentInEnvironment])
}

/// One RPC of the table: what it needs, where, and what is told to whom.
struct AccessCase: Sendable, CustomStringConvertible {
  enum Denial: Sendable {
    /// NOT_FOUND with this reason for who may do nothing in `knownIn`, else PERMISSION_DENIED.
    case missing(String)
    /// PERMISSION_DENIED for everybody.
    case denied
    /// A list without what may not be read.
    case filtered
  }

  let method: MethodDescriptor
  /// Tells the cases of a method apart.
  var field = ""
  /// All of them are needed.
  let verbs: Set<TrackDomain.Verb>
  let scopes: Set<GrantedScope>
  /// Where any verb lets the caller know of the resource.
  var knownIn: Set<GrantedScope>
  var denial: Denial
  let call: @Sendable (Connection, CallOptions) async throws -> Void

  init(
    _ method: MethodDescriptor, _ field: String, _ verbs: Set<TrackDomain.Verb>,
    _ scopes: Set<GrantedScope>, knownIn: Set<GrantedScope>? = nil,
    _ denial: Denial = .missing("COMPONENT_NOT_FOUND"),
    _ call: @escaping @Sendable (Connection, CallOptions) async throws -> Void
  ) {
    self.method = method
    self.field = field
    self.verbs = verbs
    self.scopes = scopes
    self.knownIn = knownIn ?? scopes
    self.denial = denial
    self.call = call
  }

  init(
    _ method: MethodDescriptor, _ verbs: Set<TrackDomain.Verb>, _ scopes: Set<GrantedScope>,
    knownIn: Set<GrantedScope>? = nil, _ denial: Denial = .missing("COMPONENT_NOT_FOUND"),
    _ call: @escaping @Sendable (Connection, CallOptions) async throws -> Void
  ) {
    self.init(method, "", verbs, scopes, knownIn: knownIn, denial, call)
  }

  var description: String { method.method + (field.isEmpty ? "" : " " + field) }
}

/// A request about a track of `cart`.
private protocol TrackRequest: Message {
  var componentId: String { get set }
  var deploymentTrackId: String { get set }
}

extension GetDeploymentTrackRequest: TrackRequest {}
extension UpdateDeploymentTrackRequest: TrackRequest {}
extension DeleteDeploymentTrackRequest: TrackRequest {}
extension UpdateDeploymentTrackConfigsRequest: TrackRequest {}
extension GetDeploymentTrackConfigsRequest: TrackRequest {}
extension ListDeploymentTrackConfigRevisionsRequest: TrackRequest {}
extension GetDeploymentTrackImagesRequest: TrackRequest {}
extension DeployDeploymentTrackRequest: TrackRequest {}
extension RollBackDeploymentTrackRequest: TrackRequest {}
extension ApplyComponentConfigRequest: TrackRequest {}
extension GetMigratedSrcConfigContentRequest: TrackRequest {}
extension GetDeploymentRequest: TrackRequest {}
extension ListDeploymentsRequest: TrackRequest {}
extension CancelDeploymentRequest: TrackRequest {}
extension ResumeAutoDeployRequest: TrackRequest {}

private func ofTrack<Request: TrackRequest>(
  _ type: Request.Type, _ change: (inout Request) -> Void = { _ in }
) -> Request {
  var request = Request()
  request.componentId = "cart"
  request.deploymentTrackId = "one"
  change(&request)
  return request
}

extension AccessCase {
  private typealias Tracks = DeploymentTrackServiceMethods

  /// Reads of the component `cart`.
  static let reads: [AccessCase] = [
    AccessCase(Tracks.getDeploymentTrack, [.read], GrantedScope.components) {
      _ = try await $0.tracks.getDeploymentTrack(
        ofTrack(GetDeploymentTrackRequest.self), options: $1)
    },
    AccessCase(Tracks.listDeploymentTracks, [.read], GrantedScope.components) {
      _ = try await $0.tracks.listDeploymentTracks(
        .with { $0.componentId = "cart" }, options: $1)
    },
    AccessCase(Tracks.getDeploymentTrackConfigs, [.read], GrantedScope.components) {
      _ = try await $0.tracks.getDeploymentTrackConfigs(
        ofTrack(GetDeploymentTrackConfigsRequest.self), options: $1)
    },
    AccessCase(Tracks.listDeploymentTrackConfigRevisions, [.read], GrantedScope.components) {
      _ = try await $0.tracks.listDeploymentTrackConfigRevisions(
        ofTrack(ListDeploymentTrackConfigRevisionsRequest.self), options: $1)
    },
    AccessCase(Tracks.getDeploymentTrackImages, [.read], GrantedScope.components) {
      _ = try await $0.tracks.getDeploymentTrackImages(
        ofTrack(GetDeploymentTrackImagesRequest.self), options: $1)
    },
    AccessCase(Tracks.getMigratedSrcConfigContent, [.read], GrantedScope.components) {
      _ = try await $0.tracks.getMigratedSrcConfigContent(
        ofTrack(GetMigratedSrcConfigContentRequest.self), options: $1)
    },
    AccessCase(Tracks.getDeployment, [.read], GrantedScope.components) {
      _ = try await $0.tracks.getDeployment(
        ofTrack(GetDeploymentRequest.self) { $0.deploymentId = "none" }, options: $1)
    },
    AccessCase(Tracks.listDeployments, [.read], GrantedScope.components) {
      _ = try await $0.tracks.listDeployments(ofTrack(ListDeploymentsRequest.self), options: $1)
    },
    AccessCase(Tracks.watchDeploymentTracks, "component", [.read], GrantedScope.components) {
      try await watch($0, WatchDeploymentTracksRequest.with { $0.componentId = "cart" }, $1)
    },
    AccessCase(
      Tracks.watchDeploymentTracks, "project", [.read],
      GrantedScope.components.union([.otherComponent]), knownIn: GrantedScope.projects,
      .missing("PROJECT_NOT_FOUND")
    ) {
      try await watch($0, WatchDeploymentTracksRequest.with { $0.projectId = "shop" }, $1)
    },
    AccessCase(
      Tracks.watchDeploymentTracks, "all", [.read], Set(GrantedScope.allCases), .denied
    ) { try await watch($0, WatchDeploymentTracksRequest(), $1) },
  ]

  private static func watch(
    _ connection: Connection, _ request: WatchDeploymentTracksRequest, _ options: CallOptions
  ) async throws {
    try await connection.tracks.watchDeploymentTracks(request, options: options) { responses in
      for try await _ in responses { return }
    }
  }

  /// Changes of the component `cart`: checks only, for the table leaves everything as it is.
  static let changes: [AccessCase] = [
    AccessCase(Tracks.createDeploymentTrack, [.write], GrantedScope.components) {
      _ = try await $0.tracks.createDeploymentTrack(creation(), options: $1)
    },
    AccessCase(
      Tracks.createDeploymentTrack, "auto_deploy_enabled", [.write, .deploy],
      GrantedScope.components, knownIn: GrantedScope.components
    ) {
      _ = try await $0.tracks.createDeploymentTrack(
        creation { $0.autoDeployEnabled = true }, options: $1)
    },
    AccessCase(Tracks.updateDeploymentTrack, [.write], GrantedScope.components) {
      _ = try await $0.tracks.updateDeploymentTrack(
        ofTrack(UpdateDeploymentTrackRequest.self) {
          $0.description = "new"
          $0.validateOnly = true
        }, options: $1)
    },
    AccessCase(
      Tracks.updateDeploymentTrack, "auto_deploy_enabled", [.write, .deploy],
      GrantedScope.components
    ) {
      _ = try await $0.tracks.updateDeploymentTrack(
        ofTrack(UpdateDeploymentTrackRequest.self) {
          $0.autoDeployEnabled = true
          $0.validateOnly = true
        }, options: $1)
    },
    AccessCase(Tracks.deleteDeploymentTrack, [.write], GrantedScope.components) {
      _ = try await $0.tracks.deleteDeploymentTrack(
        ofTrack(DeleteDeploymentTrackRequest.self) { $0.validateOnly = true }, options: $1)
    },
    AccessCase(Tracks.updateDeploymentTrackConfigs, [.write], GrantedScope.components) {
      _ = try await $0.tracks.updateDeploymentTrackConfigs(
        ofTrack(UpdateDeploymentTrackConfigsRequest.self) { $0.validateOnly = true }, options: $1)
    },
    AccessCase(Tracks.applyComponentConfig, [.write], GrantedScope.components) {
      _ = try await $0.tracks.applyComponentConfig(
        ofTrack(ApplyComponentConfigRequest.self) { $0.validateOnly = true }, options: $1)
    },
    AccessCase(Tracks.saveDeploymentTrackImage, [.save], GrantedScope.components) {
      _ = try await $0.tracks.saveDeploymentTrackImage(saving(), options: $1)
    },
    AccessCase(
      Tracks.saveDeploymentTrackImage, "environment_id", [.save], GrantedScope.components
    ) {
      _ = try await $0.tracks.saveDeploymentTrackImage(
        saving { $0.environmentId = "prod" }, options: $1)
    },
    AccessCase(Tracks.deployDeploymentTrack, [.deploy], GrantedScope.deployments) {
      _ = try await $0.tracks.deployDeploymentTrack(deploying("dev"), options: $1)
    },
    AccessCase(
      Tracks.deployDeploymentTrack, "first environment", [.deploy], GrantedScope.deployments
    ) {
      _ = try await $0.tracks.deployDeploymentTrack(deploying(""), options: $1)
    },
    AccessCase(
      Tracks.deployDeploymentTrack, "bypass_reason", [.deploy, .bypass], GrantedScope.deployments
    ) {
      var request = deploying("dev")
      request.bypassReason = "must be"
      _ = try await $0.tracks.deployDeploymentTrack(request, options: $1)
    },
    AccessCase(Tracks.rollBackDeploymentTrack, [.rollback], GrantedScope.deployments) {
      _ = try await $0.tracks.rollBackDeploymentTrack(rollingBack(), options: $1)
    },
    AccessCase(
      Tracks.rollBackDeploymentTrack, "bypass_reason", [.rollback, .bypass],
      GrantedScope.deployments
    ) {
      _ = try await $0.tracks.rollBackDeploymentTrack(
        rollingBack { $0.bypassReason = "must be" }, options: $1)
    },
    AccessCase(Tracks.cancelDeployment, [.deploy], GrantedScope.deployments) {
      _ = try await $0.tracks.cancelDeployment(
        cancelling($1.metadata["test-deployment"] ?? ""), options: $1)
    },
    AccessCase(Tracks.resumeAutoDeploy, [.deploy], GrantedScope.deployments) {
      _ = try await $0.tracks.resumeAutoDeploy(
        ofTrack(ResumeAutoDeployRequest.self) {
          $0.environmentId = "dev"
          $0.validateOnly = true
        }, options: $1)
    },
  ]

  private static func creation(
    _ change: (inout CreateDeploymentTrackRequest) -> Void = { _ in }
  ) -> CreateDeploymentTrackRequest {
    var request = CreateDeploymentTrackRequest()
    request.componentId = "cart"
    request.apiVersion = "v7.0"
    request.branch = "main"
    request.validateOnly = true
    change(&request)
    return request
  }

  static func saving(
    _ change: (inout SaveDeploymentTrackImageRequest) -> Void = { _ in }
  ) -> SaveDeploymentTrackImageRequest {
    var request = SaveDeploymentTrackImageRequest()
    request.organizationId = "acme"
    request.projectId = "shop"
    request.componentId = "cart"
    request.deploymentTrackId = "one"
    request.runId = "7"
    request.gitHash = String(repeating: "a", count: 40)
    request.gitHashCommitTimestamp = Protobuf.Timestamp.with { $0.seconds = 1_700_000_000 }
    request.images = [ContainerImage.with { $0.reference = "registry.example/cart:7" }]
    request.validateOnly = true
    change(&request)
    return request
  }

  private static func deploying(_ environmentId: String) -> DeployDeploymentTrackRequest {
    ofTrack(DeployDeploymentTrackRequest.self) {
      $0.imageId = "none"
      $0.environmentId = environmentId
      $0.validateOnly = true
    }
  }

  private static func cancelling(_ deploymentId: String) -> CancelDeploymentRequest {
    ofTrack(CancelDeploymentRequest.self) {
      $0.deploymentId = deploymentId
      $0.validateOnly = true
    }
  }

  private static func rollingBack(
    _ change: (inout RollBackDeploymentTrackRequest) -> Void = { _ in }
  ) -> RollBackDeploymentTrackRequest {
    ofTrack(RollBackDeploymentTrackRequest.self) {
      $0.environmentId = "dev"
      $0.validateOnly = true
      change(&$0)
    }
  }
}
