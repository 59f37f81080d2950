import EventLoop
public import TrackDomain

/// Writes the manifests of deployments into Git repositories that Argo CD, Flux or the like
/// follows: one commit for each deployment, many commits in one push.
///
/// A commit is made out of sight, announced, and then put on the branch in one step. The step fails
/// if another push moved the branch; then the commit is made anew upon the new head. Thread-safe.
///
/// `@unchecked Sendable`: the stored state is touched under the lock only.
public final class GitOpsDeployer: Deployer, @unchecked Sendable {
  private let git: Git
  private let lock = Lock()
  private var repositories: [GitOpsPlace: GitOpsRepository] = [:]

  public init(_ git: Git) {
    self.git = git
  }

  public func deploy(
    _ orders: [DeploymentOrder],
    willPublish: @escaping @Sendable (_ hashes: [String: String]) async throws -> Void
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>] {
    var outcomes: [String: Result<DeploymentReceipt, IntegrationError>] = [:]
    var batches: [GitOpsTarget: [DeploymentOrder]] = [:]
    for order in orders {
      do throws(IntegrationError) {
        batches[try target(order.environment.place), default: []].append(order)
      } catch {
        outcomes[order.deployment.id] = .failure(error)
      }
    }
    for (target, orders) in batches {
      let published = await deploy(orders, to: target, willPublish)
      outcomes.merge(published) { _, new in new }
    }
    return outcomes
  }

  private func deploy(
    _ orders: [DeploymentOrder], to target: GitOpsTarget,
    _ willPublish: @escaping @Sendable ([String: String]) async throws -> Void
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>] {
    var outcomes: [String: Result<DeploymentReceipt, IntegrationError>] = [:]
    var commits: [GitOpsCommit] = []
    var recorded: [String: String] = [:]
    for order in orders {
      do throws(IntegrationError) {
        commits.append(try GitOpsCommit(order))
        recorded[order.deployment.id] = order.deployment.gitopsHash
      } catch {
        outcomes[order.deployment.id] = .failure(error)
      }
    }
    let published = await publish(
      commits, recorded: recorded, to: target, willPublish: willPublish)
    for (id, result) in published {
      outcomes[id] = result.map { DeploymentReceipt(gitopsHash: $0) }
    }
    return outcomes
  }

  private func publish(
    _ commits: [GitOpsCommit], recorded: [String: String] = [:], to target: GitOpsTarget,
    willPublish: @escaping @Sendable ([String: String]) async throws -> Void
  ) async -> [String: Result<String, IntegrationError>] {
    let repository = repository(target.place)
    do throws(IntegrationError) {
      return await repository.publish(
        commits, recorded: recorded, on: try await repository.branch(target.branch),
        willPublish: willPublish)
    } catch {
      return Dictionary(commits.map { ($0.id, .failure(error)) }) { first, _ in first }
    }
  }

  public func receipt(
    of order: DeploymentOrder, gitopsHash: String
  ) async throws(IntegrationError) -> DeploymentReceipt? {
    let target = try target(order.environment.place)
    let repository = repository(target.place)
    let hash = try await repository.find(
      GitOpsCommit(order), hash: gitopsHash, since: order.deployment.createdAt,
      on: try await repository.branch(target.branch))
    return hash.map { DeploymentReceipt(gitopsHash: $0) }
  }

  /// Looks for the commits on their branches, and puts an empty one upon a branch that does not have
  /// them all: a push that another server has begun expects the commit before it, and fails.
  public func settle(
    _ orders: [DeploymentOrder], epoch: Int64
  ) async -> [String: Result<DeploymentReceipt?, IntegrationError>] {
    var results: [String: Result<DeploymentReceipt?, IntegrationError>] = [:]
    var batches: [GitOpsTarget: [GitOpsCommit]] = [:]
    var recorded: [String: String] = [:]
    let since = orders.map(\.deployment.createdAt).min() ?? .latest
    for order in orders {
      let id = order.deployment.id
      do throws(IntegrationError) {
        batches[try target(order.environment.place), default: []].append(try GitOpsCommit(order))
        recorded[id] = order.deployment.gitopsHash
      } catch {
        results[id] = .failure(error)
      }
    }
    for (target, commits) in batches {
      let repository = repository(target.place)
      do throws(IntegrationError) {
        let found = try await repository.settle(
          commits, recorded: recorded, since: since, on: try await repository.branch(target.branch),
          epoch: epoch)
        for commit in commits {
          results[commit.id] =
            found[commit.id]?.map { .some(DeploymentReceipt(gitopsHash: $0)) } ?? .success(nil)
        }
      } catch {
        for commit in commits { results[commit.id] = .failure(error) }
      }
    }
    return results
  }

  /// One lane for each repository: its commits go one after the other anyway.
  public func lane(of environment: Environment) -> String {
    lane(of: environment.place)
  }

  /// Asks the repository for its HEAD when the environment names no branch.
  public func place(
    of environment: Environment
  ) async throws(IntegrationError) -> DeploymentPlace? {
    var place = environment.place
    let target = try target(place)
    place.branch = try await repository(target.place).branch(target.branch)
    return place
  }

  /// The names of the manifest's objects, without a namespace: the tool that applies the manifest
  /// chooses it.
  public func objects(
    of deployment: Deployment, component: Component, image: TrackImage, configs: TrackConfigs
  ) -> DeployedObjects? {
    let objects = ManifestObjects(deployment, component, image, configs)
    return DeployedObjects(
      objects: objects.all, addresses: objects.addresses(of: configs.endpoints))
  }

  /// Ends the processes. The next use starts new ones.
  public func shutdown() async {
    for repository in lock.withLock({ Array(repositories.values) }) { await repository.close() }
  }

  // MARK: Repositories

  func target(_ place: DeploymentPlace) throws(IntegrationError) -> GitOpsTarget {
    GitOpsTarget(
      place: try GitOpsPlace(place.repositoryURL, allowsFiles: git.settings.allowsFiles),
      branch: try GitOpsPlace.branch(place.branch))
  }

  func repository(_ place: GitOpsPlace) -> GitOpsRepository {
    lock.withLock {
      let repository = repositories[place] ?? GitOpsRepository(git, place)
      repositories[place] = repository
      return repository
    }
  }
}

/// A branch of a repository.
struct GitOpsTarget: Sendable, Hashable {
  var place: GitOpsPlace
  /// Nil for the branch that HEAD names.
  var branch: String?
}

extension GitOpsDeployer: PlaceCleaner {
  /// Removes manifests, in one commit for each branch. A branch that cannot be moved delays no
  /// other.
  public func withdraw(
    _ withdrawal: Withdrawal,
    unless isKept: @escaping @Sendable (_ deploymentId: String) async throws -> Bool,
    willPublish: @escaping @Sendable (_ hash: String) async throws -> Void
  ) async -> [PlacedDeployment: IntegrationError] {
    await inEachTarget(withdrawal, unless: isKept) { commit, target in
      let outcomes = await publish([commit], to: target) { hashes in
        try await willPublish(hashes[commit.id] ?? "")
      }
      guard case .failure(let error) = outcomes[commit.id] else { return nil }
      return error
    }
  }

  /// A branch on which nothing is left to be removed needs no commit: no removal upon an earlier one
  /// can get there.
  public func settle(
    _ withdrawal: Withdrawal, hash: String, epoch: Int64
  ) async -> [PlacedDeployment: IntegrationError] {
    await inEachTarget(withdrawal, unless: nil) { commit, target in
      let repository = repository(target.place)
      do throws(IntegrationError) {
        _ = try await repository.settle(
          [commit], recorded: [commit.id: hash], since: .latest,
          on: try await repository.branch(target.branch), epoch: epoch)
        return nil
      } catch {
        return error
      }
    }
  }

  public func lane(of place: DeploymentPlace) -> String { "git:" + place.repositoryURL }

  /// Calls `body` with the commit that removes the files from a branch, for each branch. Returns the
  /// places that failed.
  private func inEachTarget(
    _ withdrawal: Withdrawal, unless isKept: GitOpsCommit.Keeping?,
    _ body: (GitOpsCommit, GitOpsTarget) async -> IntegrationError?
  ) async -> [PlacedDeployment: IntegrationError] {
    var failures: [PlacedDeployment: IntegrationError] = [:]
    var targets: [GitOpsTarget: [(placed: PlacedDeployment, edit: GitOpsCommit.Edit)]] = [:]
    for placed in withdrawal.places {
      let owner = ManifestOwner(
        componentId: withdrawal.component.id, trackId: withdrawal.track.id,
        environmentId: placed.environmentId)
      do throws(IntegrationError) {
        let path = try GitOpsPath.manifest(of: owner, below: placed.place.path)
        targets[try target(placed.place), default: []].append(
          (placed, GitOpsCommit.Edit(path: path, owner: owner, content: nil)))
      } catch {
        failures[placed] = error
      }
    }
    let message = GitOpsMessage(withdrawal).text
    for (target, removals) in targets {
      let commit = GitOpsCommit(
        id: withdrawal.operationId, message: message, edits: removals.map(\.edit), isKept: isKept)
      guard let error = await body(commit, target) else { continue }
      for removal in removals { failures[removal.placed] = error }
    }
    return failures
  }
}
