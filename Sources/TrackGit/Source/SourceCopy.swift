import EventLoop
import FoundationEssentials
import TrackDomain

/// A copy of some of a component's repository. To be used in the turn of its gate.
struct SourceCopy: Sendable {
  let git: Git
  let url: RepositoryURL
  let cache: GitCache

  /// How a fetch of single commits ended.
  enum Fetched: Sendable {
    case done
    /// The repository does not have this one; nothing was brought.
    case unknown(String)
    /// The server hands out no single commits.
    case notAllowed
  }

  /// With more packs, the copy is begun anew.
  private static let maximumPacks = 200

  func prepare() async throws(IntegrationError) {
    _ = try await cache.prepare()
    guard isCrowded else { return }
    cache.remove()
    _ = try await cache.prepare()
  }

  private var isCrowded: Bool {
    let files = try? FileManager.default.contentsOfDirectory(atPath: cache.path + "/objects/pack")
    return (files ?? []).count { $0.hasSuffix(".pack") } > Self.maximumPacks
  }

  /// Those of the commits that are here as deep as they need to be.
  func present(
    _ hashes: [String], _ depth: SourceDepth
  ) async throws(IntegrationError) -> Set<String> {
    if hashes.isEmpty { return [] }
    let input = hashes.map { "\($0)\(depth.suffix)\n" }.joined()
    let output = try await git.output(
      GitCommand("cat-file", "--batch-check", repository: cache.path), input: Array(input.utf8))
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    guard lines.count == hashes.count else { throw GitFailure.unknown }
    return Set(zip(hashes, lines).filter { !$1.hasSuffix(" missing") }.map(\.0))
  }

  /// Brings single commits, without their history.
  func fetch(
    _ hashes: [String], _ depth: SourceDepth
  ) async throws(IntegrationError) -> Fetched {
    var command = command(depth)
    command.words.append("--depth=1")
    // What is here without its files would count as here.
    if depth == .files { command.words.append("--refetch") }
    command.operands += hashes
    let result = try await run(command)
    if result.isSuccess { return .done }
    let error = String(decoding: result.error, as: UTF8.self)
    if error.contains("unadvertised object") { return .notAllowed }
    if error.contains("not our ref"), let hash = hashes.first(where: { error.contains($0) }) {
      return .unknown(hash)
    }
    throw failure(result)
  }

  /// Brings all branches with their history.
  func fetchBranches(_ depth: SourceDepth) async throws(IntegrationError) {
    var command = command(depth)
    command.words.append("--prune")
    if depth == .files { command.words.append("--refetch") }
    command.operands.append("+refs/heads/*:refs/trackd/heads/*")
    let result = try await run(command)
    if !result.isSuccess { throw failure(result) }
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
      ], reach: .source)
  }

  private func run(_ command: GitCommand) async throws(IntegrationError) -> ChildOutput {
    do {
      return try await git.run(command)
    } catch {
      // Killed in the middle, it left what it was about.
      cache.remove()
      throw error
    }
  }

  /// A copy in which git fails for no reason of the server's is not worth keeping.
  private func failure(_ result: ChildOutput) -> IntegrationError {
    let error = GitFailure.error(result)
    if error == GitFailure.unknown || error.kind == .invalid { cache.remove() }
    return error
  }
}
