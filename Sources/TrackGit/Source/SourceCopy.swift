import EventLoop
import TrackDomain

/// A copy of some of a component's repository. To be used in the turn of its gate.
struct SourceCopy: Sendable {
  let git: Git
  let url: RepositoryURL
  let cache: GitCache

  /// How a fetch of single commits ended.
  private enum Fetched {
    case done
    /// The repository does not have this one; nothing was brought.
    case unknown(String)
    /// The server hands out no single commits.
    case notAllowed
    /// The repository has no commits that are named like these.
    case otherFormat
  }

  /// With more packs, the copy is begun anew.
  private static let maximumPacks = 200
  /// How many unknown commits are found out one by one.
  private static let maximumUnknown = 8

  /// Runs `body` in the turn of the copy, and once more upon a new one if this one is damaged.
  func withTurn<T>(
    _ body: () async throws(IntegrationError) -> T
  ) async throws(IntegrationError) -> T {
    let result: Result<T, IntegrationError>
    do throws(IntegrationError) {
      result = .success(
        try await cache.gate.withTurn { () throws(IntegrationError) in
          do throws(IntegrationError) {
            return try await body()
          } catch  where GitFailure.isOfCopy(error) {
            await cache.remove()
            return try await body()
          }
        })
    } catch {
      result = .failure(error)
    }
    await git.settle(cache)
    return try result.get()
  }

  func prepare() async throws(IntegrationError) {
    _ = try await cache.prepare()
    guard try await isCrowded() else { return }
    await cache.remove()
    _ = try await cache.prepare()
  }

  private func isCrowded() async throws(IntegrationError) -> Bool {
    let folder = cache.path + "/objects/pack"
    return try await git.onDisk { files in
      files.names(in: folder).count { $0.hasSuffix(".pack") } > Self.maximumPacks
    }
  }

  /// Those of the hashes that are commits, and here as deep as they need to be. Tags, trees and files are
  /// none.
  func present(
    _ hashes: [String], _ depth: SourceDepth
  ) async throws(IntegrationError) -> Set<String> {
    let objects = try await objects(hashes + hashes.map { $0 + depth.suffix })
    let (named, needed) = (objects.prefix(hashes.count), objects.suffix(hashes.count))
    return Set(
      zip(hashes, zip(named, needed)).filter { $1.0?.type == "commit" && $1.1 != nil }.map(\.0))
  }

  /// Of what was brought, that it is here, and no commit that is not as deep as it needs to be: then the
  /// copy is damaged.
  func checkNoCommits(_ hashes: Set<String>) async throws(IntegrationError) {
    for object in try await objects(hashes.sorted()) where (object?.type ?? "commit") == "commit" {
      throw GitFailure.unknown
    }
  }

  /// What is here under these names; nil for what is not.
  func objects(_ names: [String]) async throws(IntegrationError) -> [GitObject?] {
    if names.isEmpty { return [] }
    let output = try await git.output(
      GitCommand("cat-file", "--batch-check", repository: cache.path),
      input: Array(names.map { "\($0)\n" }.joined().utf8), outputBytes: 1 << 24)
    guard let objects = GitObject.all(in: output, count: names.count) else {
      throw GitFailure.unknown
    }
    return objects
  }

  /// Brings those of the commits that the server knows and hands out by themselves, and what else is
  /// called so.
  ///
  /// - Parameter isAlone: without their history.
  func fetchKnown(
    _ hashes: [String], _ depth: SourceDepth, isAlone: Bool
  ) async throws(IntegrationError) -> Set<String> {
    var missing = hashes
    // A server names the first commit that it does not have.
    for _ in 0..<Self.maximumUnknown where !missing.isEmpty {
      switch try await fetch(missing, depth, isAlone: isAlone) {
      case .done: return Set(missing)
      case .unknown(let hash): missing.removeAll { $0 == hash }
      case .notAllowed, .otherFormat: return []
      }
    }
    return []
  }

  private func fetch(
    _ hashes: [String], _ depth: SourceDepth, isAlone: Bool
  ) async throws(IntegrationError) -> Fetched {
    var command = command(depth)
    if isAlone { command.words.append("--depth=1") }
    // What is here without its files would count as here.
    if depth != .message { command.words.append("--refetch") }
    command.operands += hashes
    let result = try await run(command)
    if result.isSuccess { return .done }
    if GitFailure.isOtherFormat(result) { return .otherFormat }
    if let refusal = Self.refusal(result, of: hashes) { return refusal }
    throw await failure(result)
  }

  /// What a server says that does not hand out what it was asked for.
  private static func refusal(_ result: ChildOutput, of hashes: [String]) -> Fetched? {
    let error = String(decoding: result.error, as: UTF8.self)
    if error.contains("unadvertised object") { return .notAllowed }
    guard error.contains("not our ref") else { return nil }
    return hashes.first { error.contains($0) }.map { .unknown($0) }
  }

  /// Brings all branches with their history. False when the repository is of the other object format.
  @discardableResult
  func fetchBranches(_ depth: SourceDepth) async throws(IntegrationError) -> Bool {
    var command = command(depth)
    command.words.append("--prune")
    if depth != .message { command.words.append("--refetch") }
    command.operands.append("+refs/heads/*:refs/trackd/heads/*")
    let result = try await run(command)
    if GitFailure.isOtherFormat(result) { return false }
    if !result.isSuccess { throw await failure(result) }
    return true
  }

  /// Brings the contents of files of a commit here, if they are no longer than `SourceDepth` says.
  func fetchFiles(_ hashes: [String], of commit: String) async throws(IntegrationError) {
    var command = command(.names)
    command.operands += hashes
    // Nothing that is here tells the server anything.
    command.settings.append("fetch.negotiationAlgorithm=noop")
    command.maximumFileBytes = UInt64(SourceDepth.maximumFile)
    let result = try await run(command)
    if result.isSuccess { return }
    switch Self.refusal(result, of: hashes) {
    case nil: throw await failure(result)
    // Then all files of the commit.
    default:
      if try await fetchKnown([commit], .files, isAlone: true).isEmpty {
        try await fetchBranches(.files)
      }
    }
  }

  /// The remote is named on the command line only: nothing that reads the copy goes out by itself
  /// for what was left out.
  private func command(_ depth: SourceDepth) -> GitCommand {
    GitCommand(
      "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
      operands: ["origin"], repository: cache.path,
      settings: [
        "remote.origin.url=\(url.text)", "remote.origin.promisor=true",
        "remote.origin.partialclonefilter=\(depth.filter)",
        // Longer objects are not held in memory.
        "core.bigFileThreshold=16m",
      ], reach: .source(url))
  }

  private func run(_ command: GitCommand) async throws(IntegrationError) -> ChildOutput {
    do {
      return try await git.run(command)
    } catch {
      // Killed in the middle, it left what it was about. The copy is as good as before: a caller that
      // leaves costs the others nothing. Its own task is cancelled, and would get no turn.
      let (git, path) = (git, cache.path)
      await Task {
        try? await git.onDisk { _ in GitLeftovers.remove(from: path, isQuiet: true) }
      }.value
      throw error
    }
  }

  /// A copy in which git fails for no reason of the server's is not worth keeping.
  private func failure(_ result: ChildOutput) async -> IntegrationError {
    let error = GitFailure.error(result)
    if GitFailure.isOfCopy(error) || error.kind == .invalid { await cache.remove() }
    return error
  }
}
