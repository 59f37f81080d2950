import EventLoop
import TrackDomain

/// A local copy of a part of a component's repository. Used in the turn of its gate.
struct SourceCopy: Sendable {
  let git: Git
  let url: RepositoryURL
  let cache: GitCache

  /// How a fetch of single commits ended.
  private enum Fetched {
    case done
    /// The repository does not have this commit; nothing was fetched.
    case unknown(String)
    /// The server does not serve single commits.
    case notAllowed
    /// The repository is of the other object format.
    case otherFormat
  }

  /// With more packs, the copy is made anew.
  private static let maximumPacks = 200
  /// The most unknown commits that are found one by one.
  private static let maximumUnknown = 8

  /// Runs `body` in the turn of the copy; if the copy is damaged, once more with a new one.
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

  /// The hashes that are commits, and complete to the needed depth. Tags, trees and files are not.
  func present(
    _ hashes: [String], _ depth: SourceDepth
  ) async throws(IntegrationError) -> Set<String> {
    let objects = try await objects(hashes + hashes.map { $0 + depth.suffix })
    let (named, needed) = (objects.prefix(hashes.count), objects.suffix(hashes.count))
    return Set(
      zip(hashes, zip(named, needed)).filter { $1.0?.type == "commit" && $1.1 != nil }.map(\.0))
  }

  /// After a fetch: throws if one of the objects is missing, or is a commit without the needed
  /// depth, because then the copy is damaged.
  func checkNoCommits(_ hashes: Set<String>) async throws(IntegrationError) {
    for object in try await objects(hashes.sorted()) where (object?.type ?? "commit") == "commit" {
      throw GitFailure.unknown
    }
  }

  /// The local objects of these names; nil where there is none.
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

  /// Fetches the commits that the server knows and serves one by one, and other objects with these
  /// hashes.
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
    // A commit that is here without its files would count as complete.
    if depth != .message { command.words.append("--refetch") }
    command.operands += hashes
    let result = try await run(command)
    if result.isSuccess { return .done }
    if GitFailure.isOtherFormat(result) { return .otherFormat }
    if let refusal = Self.refusal(result, of: hashes) { return refusal }
    throw await failure(result)
  }

  /// The error message of a server that does not serve the requested commits.
  private static func refusal(_ result: ChildOutput, of hashes: [String]) -> Fetched? {
    let error = String(decoding: result.error, as: UTF8.self)
    if error.contains("unadvertised object") { return .notAllowed }
    guard error.contains("not our ref") else { return nil }
    return hashes.first { error.contains($0) }.map { .unknown($0) }
  }

  /// Fetches all branches with their history. False when the repository is of the other object
  /// format.
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

  /// Fetches the contents of files of a commit, unless they are longer than `SourceDepth` allows.
  func fetchFiles(_ hashes: [String], of commit: String) async throws(IntegrationError) {
    var command = command(.names)
    command.operands += hashes
    // Tells the server nothing about local objects.
    command.settings.append("fetch.negotiationAlgorithm=noop")
    command.maximumFileBytes = UInt64(SourceDepth.maximumFile)
    let result = try await run(command)
    if result.isSuccess { return }
    switch Self.refusal(result, of: hashes) {
    case nil: throw await failure(result)
    // Fall back to all files of the commit.
    default:
      if try await fetchKnown([commit], .files, isAlone: true).isEmpty {
        try await fetchBranches(.files)
      }
    }
  }

  /// Only the command line names the remote: reading the copy never fetches missing objects.
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
      // The killed command left temporary files. Removing them makes the copy usable again, so that
      // a caller that leaves costs the others nothing. This needs a task of its own: the current
      // one is cancelled and would get no turn.
      let (git, path) = (git, cache.path)
      await Task {
        try? await git.onDisk { _ in GitLeftovers.remove(from: path, isQuiet: true) }
      }.value
      throw error
    }
  }

  /// Deletes a copy in which git fails for no reason of the server's.
  private func failure(_ result: ChildOutput) async -> IntegrationError {
    let error = GitFailure.error(result)
    if GitFailure.isOfCopy(error) || error.kind == .invalid { await cache.remove() }
    return error
  }
}
