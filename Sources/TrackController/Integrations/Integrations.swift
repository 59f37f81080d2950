public import TrackDomain

/// The systems outside of trackd that the use cases and the executor call.
public struct Integrations: Sendable {
  public var releases: any ReleaseManagement
  public var builds: any BuildService
  public var source: any SourceRepository
  public var deployer: any Deployer
  public var places: any PlaceCleaner & PlaceReader
  public var deleter: any ComponentResourceDeleter
  public var subscriptions: any Subscriptions
  public var sourceConfigs: any SourceConfigFormat

  /// A system that is not given is absent: see `AbsentIntegration`.
  public init(
    releases: any ReleaseManagement = AbsentIntegration(),
    builds: any BuildService = AbsentIntegration(),
    source: any SourceRepository = AbsentIntegration(),
    deployer: any Deployer = AbsentIntegration(),
    places: any PlaceCleaner & PlaceReader = AbsentIntegration(),
    deleter: any ComponentResourceDeleter = AbsentIntegration(),
    subscriptions: any Subscriptions = AbsentIntegration(),
    sourceConfigs: any SourceConfigFormat = AbsentIntegration()
  ) {
    self.releases = releases
    self.builds = builds
    self.source = source
    self.deployer = deployer
    self.places = places
    self.deleter = deleter
    self.subscriptions = subscriptions
    self.sourceConfigs = sourceConfigs
  }
}
