import TrackDomain

/// Finds source configs in the repositories of components. Nothing of it happens in a transaction.
struct SourceConfigReader: Sendable {
  private static let directory = ".choreo"
  /// In the order of preference.
  private static let names = ["component.yaml", "component-config.yaml", "endpoints.yaml"]

  let source: any SourceRepository
  let format: any SourceConfigFormat
  let component: Component

  /// The file of the highest precedence at a revision.
  func find(_ revision: SourceRevision) async throws -> FoundSourceConfig {
    let commit = try await commit(revision)
    let paths = Self.names.map { path("\(Self.directory)/\($0)") }
    guard let file = try await firstFile(of: paths, commit) else {
      throw DomainError.sourceConfigNotFound(
        componentId: component.id, commit: commit, directory: path(Self.directory))
    }
    return FoundSourceConfig(file: file, commit: commit, lower: paths.filter { $0 != file.path })
  }

  /// What a file says, and that what it refers to exists. All that is wrong is told at once.
  func read(_ found: inout FoundSourceConfig) async throws -> SourceConfig {
    let result: Result<SourceConfig, SourceConfigError>
    let files: [SourceConfigReference]
    do throws(SourceConfigError) {
      let config = try await format.read(
        fileName: found.file.path, content: found.file.content)
      (result, files) = (.success(config), config.files)
    } catch {
      (result, files) = (.failure(error), error.files)
    }
    let asked = Array(Set(files.prefix(Self.maximumFiles).map { path($0.file) })).sorted()
    let existing = try await existing(asked + found.lower, found.commit)
    found.existing(existing)
    let missing = files.prefix(Self.maximumFiles).filter { !existing.contains(path($0.file)) }
    return try joined(result, missing, found)
  }

  /// More than this many files are not looked for: a track has no more endpoints.
  private static let maximumFiles = 50

  private func joined(
    _ result: Result<SourceConfig, SourceConfigError>, _ missing: [SourceConfigReference],
    _ found: FoundSourceConfig
  ) throws(DomainError) -> SourceConfig {
    var error = SourceConfigError([])
    do throws(SourceConfigError) {
      let config = try result.get()
      if missing.isEmpty { return config }
    } catch let problem {
      error = problem
    }
    for reference in missing {
      error.violations.append(
        SourceConfigViolation(
          path: reference.path, line: reference.line, column: reference.column,
          message: "must name a file that the commit has: there is no \(path(reference.file))"))
    }
    error.violations.sort { ($0.line, $0.column) < ($1.line, $1.column) }
    throw DomainError.sourceConfigInvalid(
      fileName: found.file.path, commit: found.commit, error)
  }

  /// A path below the component's source path, from the root of the repository.
  private func path(_ path: String) -> String {
    (component.sourcePath.split(separator: "/").filter { $0 != "." }.map(String.init) + [path])
      .joined(separator: "/")
  }

  // MARK: The repository

  private func commit(_ revision: SourceRevision) async throws -> String {
    do {
      return try await source.resolve(revision, repositoryURL: component.repositoryURL)
    } catch {
      throw try refusal(error, revision)
    }
  }

  private func firstFile(of paths: [String], _ commit: String) async throws -> SourceFile? {
    do {
      return try await source.firstFile(
        of: paths, commit: commit, repositoryURL: component.repositoryURL,
        maximumBytes: format.maximumBytes)
    } catch {
      guard error.kind == .invalid else { throw try refusal(error, .commit(commit)) }
      throw DomainError.sourceConfigInvalid(
        fileName: path(Self.directory), commit: commit,
        SourceConfigError([
          SourceConfigViolation(path: "", line: 1, column: 1, message: error.message)
        ]))
    }
  }

  private func existing(_ paths: [String], _ commit: String) async throws -> Set<String> {
    if paths.isEmpty { return [] }
    do {
      return try await source.existing(
        paths, commit: commit, repositoryURL: component.repositoryURL)
    } catch {
      throw try refusal(error, .commit(commit))
    }
  }

  /// What callers learn of it. Throws when the call was cancelled, which is told as a failure.
  private func refusal(
    _ error: IntegrationError, _ revision: SourceRevision
  ) throws -> DomainError {
    try Task.checkCancellation()
    let name =
      switch revision {
      case .commit(let hash): hash
      case .branch(let branch): branch
      }
    switch error.kind {
    case .unavailable:
      return .gitUnavailable(componentId: component.id, detail: error.message)
    case .notFound:
      return .commitNotFound(componentId: component.id, revision: name, detail: error.message)
    case .accessDenied, .refused:
      return .repoAccessLost(componentId: component.id, detail: error.message)
    case .invalid:
      return .noRepository(componentId: component.id, detail: error.message)
    }
  }
}

/// A source config that was found.
struct FoundSourceConfig: Sendable {
  let file: SourceFile
  let commit: String
  /// The files of lower precedence, which may exist.
  let lower: [String]
  private(set) var warnings: [String] = []

  init(file: SourceFile, commit: String, lower: [String]) {
    self.file = file
    self.commit = commit
    self.lower = lower
  }

  /// Notes which files exist: those of lower precedence are not looked at.
  mutating func existing(_ paths: Set<String>) {
    warnings = lower.filter(paths.contains).map {
      "\($0): is not looked at, because there is \(file.path)"
    }
  }
}
