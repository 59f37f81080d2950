import EventLoop
public import TrackController
public import TrackDomain

/// Fakes of the systems outside of trackd: they record their calls, and answer as the test says.
/// They outlive executors, as the real systems do.
///
/// `@unchecked Sendable`: all state is touched under `lock` only.
public final class FakeWorld: @unchecked Sendable {
  /// The behaviour of a system in a call for a deployment or a deletion.
  public enum Answer: Sendable {
    case works
    case fails(IntegrationError)
    /// Until it is cancelled, which is then its answer.
    case hangs
    /// For ever, even when it is cancelled.
    case isStuck
    /// The deployer publishes, but its answer is lost.
    case answerIsLost
    /// Release management answers for all items but the last one.
    case forgetsOne
  }

  public struct Commit: Sendable, Hashable {
    public var deploymentId: String
    public var hash: String
  }

  private let lock = Lock()
  private var answers: [String: [Answer]] = [:]
  private var published: [Commit] = []
  private var made = 0
  private var reported: [ReleaseUpdate] = []
  private var created: [String] = []
  private var deleted: [String] = []
  private var ordered: [DeploymentOrder] = []
  private var manifests: [String: String] = [:]
  private var strangers: [ManifestPlace: String] = [:]
  private var headBranch = ""
  private var batchSizes: [Int] = []
  private var held: [String: [CheckedContinuation<Void, Never>]] = [:]
  private var dead: Set<String> = []
  private var settled: Set<String> = []
  private var asked: [String: Int] = [:]
  private var answered: [String: Int] = [:]
  private var hooks: [String: @Sendable () -> Void] = [:]

  public init() {}

  /// - Parameter life: of the calling process; once it is over, calls have no effect.
  public func integrations(life: Life = Life()) -> Integrations {
    Integrations(
      releases: FakeReleases(world: self, life: life),
      deployer: FakeDeployer(world: self, life: life), places: FakePlaces(world: self, life: life),
      deleter: FakeDeleter(world: self, life: life))
  }

  // MARK: Tests

  /// Sets the answers of the next calls of `system` (`deploy`, `place`, `receipt`,
  /// `settle`, `createReleases`, `updateStatuses`, `delete`, `withdraw`, `state`, `contents`,
  /// `manifests`), one for each call; later calls
  /// work.
  public func answer(_ system: String, _ next: Answer...) {
    lock.withLock { answers[system, default: []] += next }
  }

  /// Makes all systems work from now on.
  public func recover() {
    lock.withLock {
      answers = [:]
      dead = []
    }
  }

  /// Makes a repository unreachable for the deployer.
  public func bury(_ repositoryURL: String) { lock.withLock { _ = dead.insert(repositoryURL) } }

  public func raise(_ repositoryURL: String) { lock.withLock { _ = dead.remove(repositoryURL) } }

  /// The number of calls of a system, or of the deployer for a repository.
  public func calls(of name: String) -> Int { lock.withLock { asked[name] ?? 0 } }

  /// The number of calls of the deployer that have ended, whether or not the caller still waited.
  public var endedDeploys: Int { lock.withLock { answered["deploy"] ?? 0 } }

  /// Runs `body` at the next call of `system`, before it answers.
  public func when(_ system: String, _ body: @escaping @Sendable () -> Void) {
    lock.withLock { hooks[system] = body }
  }

  /// Holds calls until `release`: those of the deployer before they publish, those of another
  /// system before they answer. They do not notice that they are cancelled. `push` and `removal`
  /// hold what is announced, and only has to arrive.
  public func hold(_ system: String = "deploy") {
    lock.withLock { held[system] = [] }
  }

  public func release() {
    let waiting = lock.withLock {
      defer { held = [:] }
      return held.values.joined()
    }
    for continuation in waiting { continuation.resume() }
  }

  /// In the order in which they were published.
  public var commits: [Commit] { lock.withLock { published } }
  /// In the order of the calls, repetitions included.
  public var reports: [ReleaseUpdate] { lock.withLock { reported } }
  /// The deployments that got releases, repetitions included.
  public var releases: [String] { lock.withLock { created } }
  /// The manifests in places: the deployment by environment and folder, such as `dev old`.
  public var standing: [String: String] { lock.withLock { manifests } }
  /// The branch that HEAD of the repositories names; empty for repositories without branches.
  public var head: String {
    get { lock.withLock { headBranch } }
    set { lock.withLock { headBranch = newValue } }
  }
  /// The finished steps of deletions.
  public var deletions: [String] { lock.withLock { deleted } }
  /// The orders that the deployer got, repetitions included.
  public var orders: [DeploymentOrder] { lock.withLock { ordered } }
  /// The number of orders of each call of the deployer.
  public var batches: [Int] { lock.withLock { batchSizes } }

  // MARK: Systems

  /// Whether the repository can be reached. Counts the call.
  fileprivate func reaches(_ repositoryURL: String) -> Bool {
    lock.withLock {
      asked[repositoryURL, default: 0] += 1
      return !dead.contains(repositoryURL)
    }
  }

  fileprivate func end(_ system: String) {
    lock.withLock { answered[system, default: 0] += 1 }
  }

  fileprivate func next(_ system: String) -> Answer {
    lock.withLock { asked[system, default: 0] += 1 }
    if let hook = lock.withLock({ hooks.removeValue(forKey: system) }) { hook() }
    return lock.withLock {
      guard let first = answers[system]?.first else { return .works }
      answers[system]?.removeFirst()
      return first
    }
  }

  fileprivate func act(_ answer: Answer) async -> IntegrationError? {
    switch answer {
    case .works, .answerIsLost, .forgetsOne: return nil
    case .fails(let error): return error
    case .hangs:
      try? await Task.sleep(for: .seconds(3600))
      return .cancelled
    case .isStuck:
      // This task is never cancelled.
      await Task { try? await Task.sleep(for: .seconds(86_400)) }.value
      return nil
    }
  }

  fileprivate func waitIfHeld(_ system: String) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let waits = lock.withLock {
        held[system]?.append(continuation)
        return held[system] != nil
      }
      if !waits { continuation.resume() }
    }
  }

  fileprivate func begin(_ orders: [DeploymentOrder]) {
    lock.withLock {
      ordered += orders
      batchSizes.append(orders.count)
    }
  }

  fileprivate func hash(of id: String) -> String? {
    lock.withLock { published.first { $0.deploymentId == id }?.hash }
  }

  /// From now on nothing publishes the deployment, unless it was published already.
  fileprivate func settle(_ id: String) -> String? {
    lock.withLock {
      settled.insert(id)
      return published.first { $0.deploymentId == id }?.hash
    }
  }

  fileprivate func isSettled(_ id: String) -> Bool { lock.withLock { settled.contains(id) } }

  fileprivate func makeHash() -> String {
    lock.withLock {
      made += 1
      return "commit-\(made)"
    }
  }

  fileprivate func publish(_ hashes: [String: String]) {
    lock.withLock {
      for (id, hash) in hashes.sorted(by: { $0.value < $1.value }) {
        published.append(Commit(deploymentId: id, hash: hash))
      }
    }
  }

  fileprivate func stand(_ orders: [DeploymentOrder], _ published: [String: String]) {
    lock.withLock {
      for order in orders where published[order.deployment.id] != nil {
        manifests[Self.name(order.environment.id, order.environment.place)] = order.deployment.id
      }
    }
  }

  fileprivate func standing(_ placed: PlacedDeployment) -> String? {
    lock.withLock { manifests[Self.name(placed.environmentId, placed.place)] }
  }

  /// Puts a deployment into a place, as somebody else does; nil takes away what stands there.
  ///
  /// - Parameter name: see `standing`.
  public func put(_ deploymentId: String?, at name: String) {
    lock.withLock { manifests[name] = deploymentId }
  }

  /// The same for a place of which the store knows nothing.
  public func put(_ deploymentId: String?, at stranger: ManifestPlace) {
    lock.withLock { strangers[stranger] = deploymentId }
  }

  fileprivate func content(_ manifest: ManifestPlace) -> PlaceContent {
    lock.withLock {
      let name = Self.name(manifest.environmentId, manifest.place)
      return (strangers[manifest] ?? manifests[name]).map { .own(deploymentIds: [$0]) } ?? .nothing
    }
  }

  fileprivate func strangers(in place: DeploymentPlace) -> [ManifestPlace] {
    lock.withLock {
      strangers.keys.filter {
        $0.place.repositoryURL == place.repositoryURL && $0.place.branch == place.branch
      }
    }
  }

  /// False when something else stands there by now: a push would have been refused.
  fileprivate func remove(_ placed: PlacedDeployment, standing id: String) -> Bool {
    let name = Self.name(placed.environmentId, placed.place)
    return lock.withLock {
      guard manifests[name] == id else { return false }
      manifests[name] = nil
      return true
    }
  }

  private static func name(_ environmentId: String, _ place: DeploymentPlace) -> String {
    "\(environmentId) \(place.path)"
  }

  fileprivate func note(created ids: [String]) { lock.withLock { created += ids } }
  fileprivate func note(reported updates: [ReleaseUpdate]) { lock.withLock { reported += updates } }
  fileprivate func note(deleted step: String) { lock.withLock { deleted.append(step) } }
}

private struct FakeDeployer: Deployer {
  /// The branch is not where it was.
  private struct Conflict: Error {}

  let world: FakeWorld
  let life: Life

  func deploy(
    _ orders: [DeploymentOrder],
    willPublish: @escaping @Sendable (_ hashes: [String: String]) async throws -> Void
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>] {
    world.begin(orders)
    defer { world.end("deploy") }
    let ids = orders.map(\.deployment.id)
    let answer = world.next("deploy")
    guard world.reaches(orders.first?.environment.gitopsRepositoryURL ?? "") else {
      let error = IntegrationError(.unavailable, "no route to host")
      return Dictionary(uniqueKeysWithValues: ids.map { ($0, .failure(error)) })
    }
    if let error = await world.act(answer) {
      return Dictionary(uniqueKeysWithValues: ids.map { ($0, .failure(error)) })
    }
    await world.waitIfHeld("deploy")
    let new = Dictionary(
      uniqueKeysWithValues: ids.filter { world.hash(of: $0) == nil }.map { ($0, world.makeHash()) })
    var error: IntegrationError?
    do {
      if !new.isEmpty { try await willPublish(new) }
      await world.waitIfHeld("push")
      try life.check()
      if new.keys.contains(where: world.isSettled) { throw Conflict() }
      world.publish(new)
      world.stand(orders, new)
      if case .answerIsLost = answer { error = IntegrationError(.unavailable, "connection lost") }
    } catch {
      return results(ids, failed: new, IntegrationError(.unavailable, "\(error)"))
    }
    return results(ids, failed: error == nil ? [:] : new, error)
  }

  private func results(
    _ ids: [String], failed: [String: String], _ error: IntegrationError?
  ) -> [String: Result<DeploymentReceipt, IntegrationError>] {
    var results: [String: Result<DeploymentReceipt, IntegrationError>] = [:]
    for id in ids {
      if let error, failed[id] != nil {
        results[id] = .failure(error)
      } else if let hash = world.hash(of: id) {
        results[id] = .success(DeploymentReceipt(gitopsHash: hash))
      }
    }
    return results
  }

  func receipt(
    of order: DeploymentOrder, gitopsHash: String
  ) async throws(IntegrationError) -> DeploymentReceipt? {
    if let error = await world.act(world.next("receipt")) { throw error }
    return world.hash(of: order.deployment.id).map { DeploymentReceipt(gitopsHash: $0) }
  }

  func settle(
    _ orders: [DeploymentOrder], epoch: Int64
  ) async -> [String: Result<DeploymentReceipt?, IntegrationError>] {
    let error = await world.act(world.next("settle"))
    return Dictionary(
      uniqueKeysWithValues: orders.map { order in
        let id = order.deployment.id
        if let error { return (id, .failure(error)) }
        return (id, .success(world.settle(id).map { DeploymentReceipt(gitopsHash: $0) }))
      })
  }

  func lane(of environment: Environment) -> String { environment.gitopsRepositoryURL }

  func place(of environment: Environment) async throws(IntegrationError) -> DeploymentPlace? {
    if let error = await world.act(world.next("place")) { throw error }
    var place = environment.place
    if place.branch.isEmpty { place.branch = world.head }
    return place
  }

  /// A service for components with endpoints, under the component's name.
  func objects(
    of deployment: Deployment, component: Component, image: TrackImage, configs: TrackConfigs
  ) -> DeployedObjects? {
    DeployedObjects(
      objects: [DeployedObjects.Object(kind: "Service", name: component.id)],
      addresses: configs.endpoints.map {
        DeployedObjects.Address(endpoint: $0.name, service: component.id, port: $0.port)
      })
  }
}

extension FakePlaces: PlaceReader {
  func state(of place: DeploymentPlace) async throws(IntegrationError) -> String? {
    if let error = await world.act(world.next("state")) { throw error }
    guard world.reaches(place.repositoryURL) else {
      throw IntegrationError(.unavailable, "no route to host")
    }
    return "state"
  }

  func contents(
    of manifests: [ManifestPlace], at state: String
  ) async throws(IntegrationError) -> [PlaceContent] {
    if let error = await world.act(world.next("contents")) { throw error }
    return manifests.map { world.content($0) }
  }

  func manifests(
    in place: DeploymentPlace, at state: String
  ) async throws(IntegrationError) -> [ManifestPlace] {
    if let error = await world.act(world.next("manifests")) { throw error }
    return world.strangers(in: place)
  }
}

private struct FakePlaces: PlaceCleaner {
  /// The branch is not where it was.
  private struct Conflict: Error {}

  let world: FakeWorld
  let life: Life

  func withdraw(
    _ withdrawal: Withdrawal,
    unless isKept: @escaping @Sendable (_ deploymentId: String) async throws -> Bool,
    willPublish: @escaping @Sendable (_ hash: String) async throws -> Void
  ) async -> [PlacedDeployment: IntegrationError] {
    var failures: [PlacedDeployment: IntegrationError] = [:]
    let error = await world.act(world.next("withdraw"))
    for placed in withdrawal.places {
      if let error {
        failures[placed] = error
      } else if life.isOver || !world.reaches(placed.place.repositoryURL) {
        failures[placed] = IntegrationError(.unavailable, "no route to host")
      } else {
        do {
          // Anew, when a push would have been refused.
          while let id = world.standing(placed), try await !isKept(id) {
            try await willPublish(world.makeHash())
            await world.waitIfHeld("removal")
            if life.isOver || world.isSettled(withdrawal.operationId) { throw Conflict() }
            if world.remove(placed, standing: id) { break }
          }
        } catch {
          failures[placed] = IntegrationError(.unavailable, "not known")
        }
      }
    }
    return failures
  }

  func settle(
    _ withdrawal: Withdrawal, hash: String, epoch: Int64
  ) async -> [PlacedDeployment: IntegrationError] {
    if let error = await world.act(world.next("settle")) {
      return Dictionary(uniqueKeysWithValues: withdrawal.places.map { ($0, error) })
    }
    _ = world.settle(withdrawal.operationId)
    return [:]
  }

  func lane(of place: DeploymentPlace) -> String { place.repositoryURL }
}

extension FakeWorld.Answer {
  /// The elements that the answer covers.
  fileprivate func told<Element>(_ asked: [Element]) -> ArraySlice<Element> {
    if case .forgetsOne = self { asked.dropLast() } else { asked[...] }
  }
}

private struct FakeReleases: ReleaseManagement {
  let world: FakeWorld
  let life: Life

  func createReleases(
    _ orders: [ReleaseOrder]
  ) async -> [Result<ReleaseIds, IntegrationError>] {
    let answer = world.next("createReleases")
    if let error = await world.act(answer) { return orders.map { _ in .failure(error) } }
    await world.waitIfHeld("createReleases")
    if life.isOver { return [] }
    world.note(created: orders.map(\.deploymentId))
    return answer.told(orders).map {
      .success(
        ReleaseIds(
          releaseId: "release-\($0.deploymentId)", releaseDeploymentId: "in-\($0.deploymentId)"))
    }
  }

  func updateStatuses(
    _ updates: [ReleaseUpdate]
  ) async -> [Result<Void, IntegrationError>] {
    let answer = world.next("updateStatuses")
    if let error = await world.act(answer) { return updates.map { _ in .failure(error) } }
    if life.isOver { return [] }
    world.note(reported: updates)
    return answer.told(updates).map { _ in .success(()) }
  }
}

private struct FakeDeleter: ComponentResourceDeleter {
  let world: FakeWorld
  let life: Life

  func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError) {
    if let error = await world.act(world.next("delete")) { throw error }
    await world.waitIfHeld("delete")
    if life.isOver { throw IntegrationError(.unavailable, "is dead") }
    world.note(deleted: "\(resources.track.id) \(step)")
  }
}
