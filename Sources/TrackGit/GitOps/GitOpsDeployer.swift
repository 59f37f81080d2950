import EventLoop
public import TrackDomain

/// Writes the manifests of deployments into Git repositories that something like Argo CD or Flux
/// follows: one commit for each deployment, many in one push.
///
/// A commit is made out of sight, announced, and then becomes the branch's in one step that fails if
/// anybody else moved the branch; then it is made anew upon theirs. Thread-safe.
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
        batches[try target(order.environment), default: []].append(order)
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
    let published = await repository(target.place).publish(
      commits, recorded: recorded, on: target.branch, willPublish: willPublish)
    for (id, result) in published {
      outcomes[id] = result.map { DeploymentReceipt(gitopsHash: $0) }
    }
    return outcomes
  }

  public func receipt(
    of order: DeploymentOrder, gitopsHash: String
  ) async throws(IntegrationError) -> DeploymentReceipt? {
    let target = try target(order.environment)
    let hash = try await repository(target.place).find(
      GitOpsCommit(order), hash: gitopsHash, on: target.branch)
    return hash.map { DeploymentReceipt(gitopsHash: $0) }
  }

  /// By repository: what goes there goes one after the other anyway.
  public func lane(of environment: Environment) -> String {
    "git:" + environment.gitopsRepositoryURL
  }

  /// Ends the processes. They start again with the next use.
  public func shutdown() async {
    for repository in lock.withLock({ Array(repositories.values) }) { await repository.close() }
  }

  // MARK: Repositories

  /// Removes manifests, in one commit for each branch; what is not there, or is somebody else's, is no
  /// error, and a branch that does not move keeps none of the others.
  func remove(
    _ manifests: [GitOpsTarget: [(path: String, owner: ManifestOwner)]], id: String,
    message: String
  ) async throws(IntegrationError) {
    var failure: IntegrationError?
    for (target, manifests) in manifests {
      let commit = GitOpsCommit(
        id: id, message: message,
        edits: manifests.map { .init(path: $0.path, owner: $0.owner, content: nil) })
      let outcome = await repository(target.place).publish([commit], on: target.branch)
      if case .failure(let error) = outcome[id] { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  func target(_ environment: Environment) throws(IntegrationError) -> GitOpsTarget {
    GitOpsTarget(
      place: try GitOpsPlace(environment, allowsFiles: git.settings.allowsFiles),
      branch: try GitOpsPlace.branch(of: environment))
  }

  private func repository(_ place: GitOpsPlace) -> GitOpsRepository {
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
  var branch: String
}
