import Synchronization
import TrackDomain

/// Commits in memory, and source configs in a simple format of lines.
final class FakeRepository: SourceRepository, SourceConfigFormat {
  struct State {
    /// The files of each commit, by path; commits by hash.
    var commits: [String: [String: String]] = [:]
    var branches: [String: String] = [:]
    /// The faults of symbolic links, by path.
    var deadLinks: [String: String] = [:]
    var failure: IntegrationError?
    var calls = 0
    /// The answers about the history, and the pairs of each call, in order.
    var ancestries: [CommitPair: Ancestry] = [:]
    var askedPairs: [[CommitPair]] = []
    /// Runs before an answer about the history.
    var beforeAncestries: (@Sendable () async -> Void)?
  }

  let state = Mutex(State())

  func commit(_ hash: String, _ files: [String: String], branch: String = "main") {
    state.withLock {
      $0.commits[hash] = files
      $0.branches[branch] = hash
    }
  }

  /// Adds a symbolic link that leads to no file.
  func link(_ path: String, _ words: String) {
    state.withLock { $0.deadLinks[path] = words }
  }

  var failure: IntegrationError? {
    get { state.withLock { $0.failure } }
    set { state.withLock { $0.failure = newValue } }
  }

  var calls: Int { state.withLock { $0.calls } }

  private func ask<Value: Sendable>(
    _ body: (borrowing State) -> Value?
  ) throws(IntegrationError) -> Value? {
    let (failure, value) = state.withLock { (state: inout State) in
      state.calls += 1
      return (state.failure, state.failure == nil ? body(state) : nil)
    }
    if let failure { throw failure }
    return value
  }

  // MARK: SourceRepository

  func resolve(
    _ revision: SourceRevision, repositoryURL: String
  ) async throws(IntegrationError) -> String {
    let hash = try ask { state in
      switch revision {
      case .branch(let name): state.branches[name]
      case .commit(let beginning): state.commits.keys.first { $0.hasPrefix(beginning) }
      }
    }
    guard let hash else { throw IntegrationError(.notFound, "no such commit") }
    return hash
  }

  func firstFile(
    of paths: [String], commit: String, repositoryURL: String, maximumBytes: Int
  ) async throws(IntegrationError) -> SourceFile? {
    let file = try ask { state in
      paths.lazy.compactMap { path in
        state.commits[commit]?[path].map { SourceFile(path: path, content: Array($0.utf8)) }
      }.first
    }
    if let file, file.content.count > maximumBytes { throw IntegrationError(.invalid, "too long") }
    return file
  }

  func existing(
    _ paths: [String], commit: String, repositoryURL: String
  ) async throws(IntegrationError) -> [String: SourcePresence] {
    try ask { state in
      let found = paths.compactMap { path -> (String, SourcePresence)? in
        if let words = state.deadLinks[path] { return (path, .deadLink(words)) }
        return state.commits[commit]?[path] == nil ? nil : (path, .file)
      }
      return Dictionary(uniqueKeysWithValues: found)
    } ?? [:]
  }

  func commits(
    _ hashes: [String], repositoryURL: String
  ) async throws(IntegrationError) -> [String: CommitInfo] { [:] }

  func ancestries(
    of pairs: Set<CommitPair>, repositoryURL: String
  ) async throws(IntegrationError) -> [CommitPair: Ancestry] {
    let before = state.withLock {
      $0.askedPairs.append(pairs.sorted { $0.other < $1.other })
      return $0.beforeAncestries
    }
    await before?()
    return try ask { state in state.ancestries.filter { pairs.contains($0.key) } } ?? [:]
  }

  // MARK: SourceConfigFormat

  var maximumBytes: Int { 1000 }

  /// Lines such as `endpoint NAME PORT FILE`, `variable NAME VALUE` and `warning TEXT`; others are
  /// violations.
  func read(
    fileName: String, content: [UInt8]
  ) throws(SourceConfigError) -> SourceConfig {
    var config = SourceConfig()
    var violations: [SourceConfigViolation] = []
    let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
    for (index, line) in lines.enumerated() {
      let words = line.split(separator: " ").map(String.init)
      let path = "line[\(index)]"
      switch (words.first, words.count) {
      case ("endpoint", 3...):
        config.endpoints.append(
          Endpoint(
            name: words[1], type: .rest, port: Int32(words[2]) ?? 0,
            schemaFilePath: words.count > 3 ? words[3] : "", visibilities: [.public],
            origin: .sourceConfig))
        if words.count > 3 {
          config.files.append(
            SourceConfigReference(file: words[3], path: path, line: index + 1, column: 3))
        }
      case ("variable", 3):
        config.environmentVariables.append(
          EnvironmentVariable(name: words[1], source: .value(words[2]), origin: .sourceConfig))
      case ("warning", 2): config.warnings.append(words[1])
      default:
        violations.append(
          SourceConfigViolation(path: path, line: index + 1, column: 1, message: "is bad"))
      }
    }
    if violations.isEmpty { return config }
    throw SourceConfigError(violations, files: config.files)
  }

  func migrate(
    fileName: String, content: [UInt8]
  ) throws(SourceConfigError) -> MigratedSourceConfig {
    let config = try read(fileName: fileName, content: content)
    return MigratedSourceConfig(
      content: String(decoding: content, as: UTF8.self),
      wasNewest: fileName == "component.yaml", warnings: config.warnings)
  }
}
