import TrackDomain

/// Reads what a deployer needs to know. Bounded by the size of a batch.
enum OrderLoader {
  /// The orders of the jobs, and what is missing for the others.
  static func load(
    _ jobs: [DeploymentJob], _ reader: any StoreReader
  ) throws(StoreError) -> (orders: [DeploymentOrder], missing: [String: DeploymentOutcome]) {
    var orders: [DeploymentOrder] = []
    var missing: [String: DeploymentOutcome] = [:]
    for (job, found) in zip(jobs, try reader.parts(of: jobs.map(\.deployment))) {
      // A row that cannot be read costs its own deployment only.
      guard case .success(let parts) = found else {
        missing[job.id] = .unavailable("what is to be deployed cannot be read")
        continue
      }
      do throws(Missing) {
        orders.append(try order(job, parts))
      } catch {
        missing[job.id] = .failed("\(error.what) does not exist any more")
      }
    }
    return (orders, missing)
  }

  private struct Missing: Error {
    let what: String
  }

  private static func order(
    _ job: DeploymentJob, _ parts: DeploymentParts
  ) throws(Missing) -> DeploymentOrder {
    let deployment = job.deployment
    let component = try found(parts.component, "component \(deployment.componentId)")
    let track = try found(parts.track, "deployment track \(deployment.trackId)")
    let image = try found(parts.image, "image \(deployment.imageId)")
    var environment = try found(job.environment, "environment \(deployment.environmentId)")
    if let place = recordedPlace(job, parts) { environment.place = place }
    var configs = TrackConfigs()
    if deployment.configRevision > 0 {
      configs = try found(parts.configs, "configuration \(deployment.configRevision)")
    }
    return DeploymentOrder(
      deployment: deployment, organizationId: component.organizationId,
      component: component.component, track: track, environment: environment, image: image,
      configs: configs.of(deployment))
  }

  /// Where the deployment may have been published already: it stays there, wherever its environment
  /// has moved since.
  private static func recordedPlace(
    _ job: DeploymentJob, _ parts: DeploymentParts
  ) -> DeploymentPlace? {
    job.operation.step >= .publishing ? parts.binding?.place : nil
  }

  private static func found<Value>(_ value: Value?, _ what: String) throws(Missing) -> Value {
    guard let value else { throw Missing(what: what) }
    return value
  }
}
