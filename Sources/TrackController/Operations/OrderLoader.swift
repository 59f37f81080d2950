import TrackDomain

/// Reads the orders for a deployer. Bounded by the size of a batch.
struct OrderLoader {
  private let reader: any StoreReader
  private var components: [String: ComponentContext] = [:]

  init(_ reader: any StoreReader) {
    self.reader = reader
  }

  /// The orders of the jobs, and the outcomes of jobs that lack data.
  static func load(
    _ jobs: [DeploymentJob], _ reader: any StoreReader
  ) throws -> (orders: [DeploymentOrder], missing: [String: DeploymentOutcome]) {
    var loader = OrderLoader(reader)
    var orders: [DeploymentOrder] = []
    var missing: [String: DeploymentOutcome] = [:]
    for job in jobs {
      do throws(Missing) {
        orders.append(try loader.order(job))
      } catch {
        switch error {
        case .resource(let what): missing[job.id] = .failed("\(what) does not exist any more")
        // A row that cannot be read costs only its own deployment.
        case .store(let error) where error.isOfOneRow:
          missing[job.id] = .unavailable("what is to be deployed cannot be read")
        case .store(let error): throw error
        }
      }
    }
    return (orders, missing)
  }

  private enum Missing: Error {
    case resource(String)
    case store(StoreError)
  }

  private mutating func order(_ job: DeploymentJob) throws(Missing) -> DeploymentOrder {
    let deployment = job.deployment
    let (componentId, trackId) = (deployment.componentId, deployment.trackId)
    let component = try component(componentId)
    let reader = reader
    let track = try Self.found("deployment track \(trackId)") { () throws(StoreError) in
      try reader.track(componentId: componentId, id: trackId)
    }
    let image = try Self.found("image \(deployment.imageId)") { () throws(StoreError) in
      try reader.image(componentId: componentId, id: deployment.imageId)
    }
    guard var environment = job.environment else {
      throw .resource("environment \(deployment.environmentId)")
    }
    if let place = try recordedPlace(job) { environment.place = place }
    var configs = TrackConfigs()
    if deployment.configRevision > 0 {
      let number = deployment.configRevision
      configs = try Self.found("configuration \(number)") { () throws(StoreError) in
        try reader.configRevision(componentId: componentId, trackId: trackId, number: number)
      }.configs
    }
    return DeploymentOrder(
      deployment: deployment, organizationId: component.organizationId,
      component: component.component, track: track, environment: environment, image: image,
      configs: configs.of(deployment))
  }

  /// The place where the deployment may have been published already. It stays there, even if its
  /// environment has moved since.
  private func recordedPlace(_ job: DeploymentJob) throws(Missing) -> DeploymentPlace? {
    guard job.operation.step >= .publishing else { return nil }
    do {
      return try reader.binding(
        componentId: job.deployment.componentId, trackId: job.deployment.trackId,
        environmentId: job.deployment.environmentId)?.place
    } catch {
      throw .store(error)
    }
  }

  private mutating func component(_ id: String) throws(Missing) -> ComponentContext {
    if let known = components[id] { return known }
    let reader = reader
    let component = try Self.found("component \(id)") { () throws(StoreError) in
      try reader.component(id)
    }
    components[id] = component
    return component
  }

  private static func found<Value>(
    _ what: String, _ body: () throws(StoreError) -> Value?
  ) throws(Missing) -> Value {
    let value: Value?
    do {
      value = try body()
    } catch {
      throw .store(error)
    }
    guard let value else { throw .resource(what) }
    return value
  }
}
