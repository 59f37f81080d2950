import TrackDomain

/// Finds source configs in the repositories of components. Runs outside of transactions.
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
      let misnamed = try await existing(misnamed.map(\.path), commit)
      throw DomainError.sourceConfigNotFound(
        componentId: component.id, commit: commit, directory: path(Self.directory),
        hint: self.misnamed.first { misnamed[$0.path] != nil }.map(Self.hint) ?? "")
    }
    return FoundSourceConfig(file: file, commit: commit, lower: paths.filter { $0 != file.path })
  }

  /// Reads the file and checks that the files to which it refers exist. Reports all violations at
  /// once.
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
    let existing = try await existing(
      asked + found.lower + misnamed.map(\.path), found.commit)
    found.warnings =
      found.lower.filter { existing[$0] != nil }
      .map { "\($0): is not looked at, because there is \(found.file.path)" }
      + misnamed.filter { existing[$0.path] != nil }
      .map { "\($0.path): is not looked at: it would have to be called \($0.name)" }
    let missing = files.prefix(Self.maximumFiles).compactMap { file in
      violation(of: file, existing[path(file.file)])
    }
    return try joined(result, missing, found)
  }

  /// The most files that are looked for: a track has no more endpoints.
  private static let maximumFiles = 50

  private func joined(
    _ result: Result<SourceConfig, SourceConfigError>, _ missing: [SourceConfigViolation],
    _ found: FoundSourceConfig
  ) throws(DomainError) -> SourceConfig {
    var error = SourceConfigError([])
    do throws(SourceConfigError) {
      let config = try result.get()
      if missing.isEmpty { return config }
    } catch let problem {
      error = problem
    }
    error.violations += missing
    error.violations.sort { ($0.line, $0.column) < ($1.line, $1.column) }
    throw DomainError.sourceConfigInvalid(
      fileName: found.file.path, commit: found.commit, error)
  }

  /// The violation of a reference that leads to no file; nil for one that does.
  private func violation(
    of reference: SourceConfigReference, _ presence: SourcePresence?
  ) -> SourceConfigViolation? {
    let file = path(reference.file)
    let problem: String
    switch presence {
    case .file: return nil
    case nil: problem = "there is no \(file)"
    case .deadLink(let words): problem = "\(file) is a symbolic link that \(words)"
    }
    return SourceConfigViolation(
      path: reference.path, line: reference.line, column: reference.column,
      message: "must name a file that the commit has: \(problem)")
  }

  /// The names with the wrong ending that people give source configs, with the right names.
  private var misnamed: [(path: String, name: String)] {
    Self.names.map { name in
      (path("\(Self.directory)/\(name.replacing(".yaml", with: ".yml"))"), name)
    }
  }

  private static func hint(_ file: (path: String, name: String)) -> String {
    "\(file.path) would have to be called \(file.name)"
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

  private func existing(
    _ paths: [String], _ commit: String
  ) async throws -> [String: SourcePresence] {
    do {
      return try await source.existing(
        paths, commit: commit, repositoryURL: component.repositoryURL)
    } catch {
      throw try refusal(error, .commit(commit))
    }
  }

  /// The error for callers. Throws when the call was cancelled, which `source` reports as a
  /// failure.
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
    case .unavailable, .locked, .damaged, .cancelled:
      return .gitUnavailable(componentId: component.id, detail: error.message)
    case .notFound:
      return .commitNotFound(componentId: component.id, revision: name, detail: error.message)
    case .accessDenied, .refused:
      return .repoAccessLost(componentId: component.id, detail: error.message)
    case .notACommit: return .notACommit(revision: name, detail: error.message)
    case .invalid:
      return .noRepository(componentId: component.id, detail: error.message)
    }
  }
}

/// A source config that exists.
struct FoundSourceConfig: Sendable {
  let file: SourceFile
  let commit: String
  /// The files of lower precedence, as far as they may exist.
  let lower: [String]
  var warnings: [String] = []

  init(file: SourceFile, commit: String, lower: [String]) {
    self.file = file
    self.commit = commit
    self.lower = lower
  }
}
