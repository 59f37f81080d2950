import EventLoop
import Glibc
import RPC
import TrackMessages

/// Asks the server for names that begin like the unfinished word. Ends soon, whatever the server
/// does, because the shell waits; reports no errors.
struct ServerNameSearch {
  /// After this time it makes no further call, and offers the names found so far.
  static let patience = Duration.milliseconds(1000)
  /// After this time the shell gets nothing.
  static let limit = Duration.milliseconds(1500)
  /// The most names that are offered.
  static let maximumNames = 100

  let question: NameQuestion

  /// Writes a candidate per line and ends the process.
  func run(_ environment: [String: String]) async -> Never {
    // Looking up a name and connecting have no deadline of their own.
    Task.detached {
      try? await Task.sleep(for: Self.limit)
      _exit(0)
    }
    if let session = try? session(environment) {
      // The names are written before the connection ends, which may take a while.
      _ = try? await session.connected { api in
        let found = await NameList(question, api).found()
        StandardStream.output.write(Characters.lines(Self.lines(found, behind: question.behind)))
        _exit(0)
      }
    }
    _exit(0)
  }

  private func session(_ environment: [String: String]) throws -> Session {
    var flags = question.globalFlags
    flags[GlobalFlags.timeout.name] = ["1"]
    let settings = try Settings(
      Arguments(command: "", operands: [], values: flags), environment: environment)
    let loops = try EventLoopGroup(count: 1)
    return Session(settings, environment: environment, loop: loops.loops[0])
  }

  /// Leaves out names that a shell could misread.
  static func lines(_ names: [String], behind: String) -> String {
    names.filter { name in
      name.first.map { $0 != "-" && $0 != ":" } ?? false
        && !name.contains(where: \.isWhitespace) && Table.printable(name) == name
    }
    .prefix(maximumNames).map { "\(behind)\($0)\n" }.joined()
  }
}

/// Collects names, call by call.
private final class NameList {
  private let question: NameQuestion
  private let api: API
  private let deadline = ContinuousClock.now + ServerNameSearch.patience
  private var names: [String] = []

  init(_ question: NameQuestion, _ api: API) {
    self.question = question
    self.api = api
  }

  /// The names found before the limit, the deadline or an error.
  func found() async -> [String] {
    _ = try? await collect(question.names)
    return names
  }

  private var isEnough: Bool {
    names.count >= ServerNameSearch.maximumNames || ContinuousClock.now >= deadline
  }

  private func add(_ name: String) {
    if name.hasPrefix(question.current), !names.contains(name) { names.append(name) }
  }

  private func collect(_ kind: ServerNames) async throws {
    switch kind {
    case .organization: try await ids(Organization.self, of: "", add)
    case .project: try await projects(add)
    case .component: try await ofProjects(Component.self)
    case .environment: try await ofProjects(Environment.self)
    case .pipeline: try await ofProjects(DeploymentPipeline.self)
    case .track: try await tracks()
    case .image: try await images()
    case .deployment: try await deployments()
    case .variable: try await variables()
    case .configRevision: try await configRevisions()
    case .ofKind: if let kind = question.kind { try await collect(kind.names) }
    case .ownerOfKind:
      switch question.kind {
      case .organization, nil: break
      case .project: try await collect(.organization)
      case .component, .environment, .pipeline: try await collect(.project)
      }
    }
  }

  // MARK: The catalog

  /// The ids of a list, page by page, until there are enough.
  private func ids<Resource: CatalogResource>(
    _ type: Resource.Type, of owner: String, _ body: (String) -> Void
  ) async throws {
    var place = CatalogPlace(owner: owner, size: 1000)
    repeat {
      let page = try await Resource.list(place, api)
      for one in page.resources { body(one.id) }
      place.token = page.nextPageToken
    } while !place.token.isEmpty && !isEnough
  }

  private func projects(_ body: (String) -> Void) async throws {
    var owners: [String] = []
    if let owner = question.value(CatalogFlags.organization) {
      owners = [owner]
    } else {
      try await ids(Organization.self, of: "") { owners.append($0) }
    }
    for owner in owners where !isEnough { try await ids(Project.self, of: owner, body) }
  }

  private func ofProjects<Resource: CatalogResource>(_ type: Resource.Type) async throws {
    for project in try await projectsInQuestion(Resource.kind) where !isEnough {
      try await ids(type, of: project, add)
    }
  }

  /// The project that the command line names, or all projects.
  private func projectsInQuestion(_ kind: CatalogKind) async throws -> [String] {
    if kind != .component, let component = componentInQuestion {
      let found = try? await Component.get(component, api).component
      if let found { return [found.projectId] }
    }
    if let project = question.value(CatalogFlags.project) { return [project] }
    var all: [String] = []
    try await projects { all.append($0) }
    return all
  }

  private var componentInQuestion: String? {
    question.kind == .component ? question.operand(.ofKind) : question.operand(.component)
  }

  // MARK: Tracks and their parts

  /// The versions of tracks; the ids of tracks without a version, or when the user is typing an id.
  private func tracks() async throws {
    guard let component = question.operand(.component) else { return }
    var request = ListDeploymentTracksRequest()
    request.componentId = component
    add("@latest")
    for track in try await api.allTracks(request, limit: 1000).deploymentTracks {
      if !track.apiVersion.isEmpty { add(track.apiVersion) }
      if track.apiVersion.isEmpty || !question.current.isEmpty { add(track.id) }
    }
  }

  private func images() async throws {
    guard let component = question.operand(.component), let track = question.operand(.track) else {
      return
    }
    add("@newest")
    let id = try await api.trackId(component, track)
    for image in try await api.images(component, id, pageSize: 1000, limit: 1000).images {
      add(image.imageId)
      if !question.current.isEmpty { add(image.commitHash) }
    }
  }

  private func deployments() async throws {
    guard let component = question.operand(.component), let track = question.operand(.track) else {
      return
    }
    let id = try await api.trackId(component, track)
    let history = try await api.deployments(component, id, pageSize: 1000, limit: 1000)
    for deployment in history.deployments { add(deployment.id) }
  }

  private func variables() async throws {
    guard let component = question.operand(.component), let track = question.operand(.track) else {
      return
    }
    let id = try await api.trackId(component, track)
    let variables = try await api.configs(component, id).configs?.environmentVariables ?? []
    for variable in variables where variable.origin == .user { add(variable.name) }
  }

  private func configRevisions() async throws {
    guard let component = question.operand(.component), let track = question.operand(.track) else {
      return
    }
    let id = try await api.trackId(component, track)
    let limit = ServerNameSearch.maximumNames
    let found = try await api.configRevisions(component, id, limit: limit).configRevisions
    for revision in found { add("\(revision.configRevision)") }
  }
}

extension CatalogKind {
  fileprivate var names: ServerNames {
    switch self {
    case .organization: .organization
    case .project: .project
    case .component: .component
    case .environment: .environment
    case .pipeline: .pipeline
    }
  }
}
