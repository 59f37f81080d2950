import TrackDomain

/// One comparison of what a restored store believes to be deployed with what the repositories hold.
///
/// It only reads there. What differs goes into the store, and what was under way in the backup goes
/// on where nothing differs. Deployments may be published meanwhile: what a transaction finds changed
/// since it was looked at is left to the next comparison.
struct RestoreComparison {
  /// Another server compares, or somebody ended the restore.
  struct Abandoned: Error {}

  private let context: ExecutorContext
  private let restore: StoreRestore
  private var branches: [Branch: State] = [:]
  /// Why lanes could not be compared: the first reason of each.
  private var faults: [String: String] = [:]
  private var lanes: Set<String> = []
  /// How long lanes took to answer.
  private var times: [String: Duration] = [:]
  /// Environments with deployments of which no place is known.
  private var unplaced: Set<String> = []

  /// The lane under which one server compares for all.
  static let lane = "restore"
  private static let pageSize = 200
  /// Files whose contents are in memory together, each as long as files may be.
  private static let contentsAtOnce = 16
  /// Unknown manifests of a branch that are recorded; there may be a page more.
  private static let mostUnknown = 1000
  /// How long a lane may take for all of its answers: then the others have their turn.
  private static let mostTime = Duration.seconds(120)
  /// Examples for the log.
  private static let told = 20
  private static let late = "the repository did not say what it holds"

  /// A branch of a repository; has no path.
  private typealias Branch = DeploymentPlace

  private enum State {
    /// Nil: there is no such branch.
    case at(String?)
    case unknown
  }

  private init(_ context: ExecutorContext, _ restore: StoreRestore) {
    self.context = context
    self.restore = restore
  }

  /// Compares everything once.
  ///
  /// - Returns: how the restore stands then; nil when another server compares or has compared just
  ///   now, or none stands.
  /// - Throws: `Abandoned`, `StoreError`, `CancellationError`.
  static func run(_ context: ExecutorContext) async throws -> RestoreReport? {
    guard let restore = try await begin(context) else { return nil }
    // Its lane is kept meanwhile: a repository may take longer to answer than a lease lasts.
    let report = try await context.removing(in: [lane]) {
      var comparison = RestoreComparison(context, restore)
      return try await comparison.run()
    }
    await context.leaveLane(lane)
    return report
  }

  private mutating func run() async throws -> RestoreReport? {
    try await compareBindings()
    try await findBranches()
    for (branch, state) in branches.sorted(by: { $0.key.text < $1.key.text }) {
      guard case .at(let head?) = state else { continue }
      try await findUnknown(on: branch, at: head)
    }
    return try await end()
  }

  private static func begin(_ context: ExecutorContext) async throws -> StoreRestore? {
    try await context.store.write(.catalog) { transaction in
      guard var restore = try transaction.restore(), restore.stands,
        try !isYoung(restore, context, transaction),
        try context.takeLane(lane, transaction) != nil
      else { return nil }
      restore.comparison += 1
      try transaction.beginComparison(restore.comparison)
      return restore
    }
  }

  /// Whether servers that share the store can do with the last comparison.
  private static func isYoung(
    _ restore: StoreRestore, _ context: ExecutorContext, _ reader: any StoreReader
  ) throws(StoreError) -> Bool {
    guard !context.store.isExclusive, let time = restore.comparedAt else { return false }
    return try reader.storeTime() < time.after(context.options.comparisonPause)
  }

  /// Writes, unless another comparison was begun, or the restore was ended.
  private func write<Value: Sendable>(
    _ componentIds: some Sequence<String>,
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    let (context, restore) = (context, restore)
    return try await context.store.write(.components(componentIds).andCatalog) { transaction in
      guard let now = try transaction.restore(), now.stands, now.id == restore.id,
        now.comparison == restore.comparison,
        try context.takeLane(Self.lane, transaction) != nil
      else { throw Abandoned() }
      return try body(transaction)
    }
  }

  // MARK: What the store believes

  private mutating func compareBindings() async throws {
    var last: BindingKey?
    while true {
      let after = last
      let page = try await context.store.read {
        try $0.bindings(after: after, limit: Self.pageSize)
      }
      try await compare(page)
      guard page.count == Self.pageSize, let end = page.last else { return }
      last = BindingKey(
        componentId: end.componentId, trackId: end.trackId, environmentId: end.environmentId)
    }
  }

  private mutating func compare(_ bindings: [EnvironmentBinding]) async throws {
    var placed: [Branch: [(EnvironmentBinding, ManifestPlace)]] = [:]
    for binding in bindings {
      if let place = binding.place {
        let manifest = ManifestPlace(
          componentId: binding.componentId, trackId: binding.trackId,
          environmentId: binding.environmentId, place: place)
        placed[place.branchAlone, default: []].append((binding, manifest))
      } else if !binding.currentDeploymentId.isEmpty {
        unplaced.insert(binding.environmentId)
      }
    }
    for (branch, some) in placed {
      guard let contents = await contents(of: some.map(\.1), on: branch) else { continue }
      let doubtful = zip(some, contents).filter { $0.0.0.isContradicted(by: $0.1) }
        .map { Doubt(binding: $0.0.0, manifest: $0.0.1, content: $0.1) }
      try await record(doubtful, lane: context.lane(of: branch))
    }
  }

  /// A place that does not hold what the store believed when it was read.
  private struct Doubt: Sendable {
    /// Nil where the store knew nothing.
    var binding: EnvironmentBinding?
    var manifest: ManifestPlace
    var content: PlaceContent
  }

  private func record(_ doubts: [Doubt], lane: String) async throws {
    if doubts.isEmpty { return }
    let comparison = restore.comparison
    try await write(doubts.map(\.manifest.componentId)) { transaction in
      for doubt in doubts {
        guard let drift = try Self.drift(doubt, lane: lane, transaction) else { continue }
        try transaction.putDrift(drift, comparison: comparison)
      }
    }
  }

  /// Nil where the store has changed meanwhile, or something is under way that explains the content.
  private static func drift(
    _ doubt: Doubt, lane: String, _ reader: any StoreReader
  ) throws(StoreError) -> PlaceDrift? {
    let manifest = doubt.manifest
    let binding = try reader.binding(
      componentId: manifest.componentId, trackId: manifest.trackId,
      environmentId: manifest.environmentId)
    if let known = doubt.binding {
      guard let binding, binding.place == known.place,
        binding.currentDeploymentId == known.currentDeploymentId
      else { return nil }
    } else if try isKnown(manifest, reader) {
      return nil
    }
    let unfinished = try reader.unfinishedDeployments(
      componentId: manifest.componentId, trackId: manifest.trackId,
      environmentId: manifest.environmentId)
    let believed = binding?.currentDeploymentId ?? ""
    var found: Set<String> = []
    let kind: PlaceDrift.Kind
    switch doubt.content {
    case .nothing: kind = .missing
    case .foreign: kind = .foreign
    case .own(let ids):
      // It was published, and the backup does not know that yet. One that waits behind another one
      // says that both were: the other one is not to be published over it.
      if ids.count == 1, let oldest = unfinished.first, ids.contains(oldest.id) { return nil }
      found = ids
      kind = doubt.binding == nil ? .unknown : .other
    }
    return PlaceDrift(
      componentId: manifest.componentId, trackId: manifest.trackId,
      environmentId: manifest.environmentId, place: manifest.place, lane: lane, kind: kind,
      believed: believed, found: found.sorted().prefix(10).joined(separator: " "))
  }

  // MARK: What it knows nothing of

  /// Finds the branches of all environments, also of those without deployments.
  private mutating func findBranches() async throws {
    var last = ""
    while true {
      let after = last
      let page = try await context.store.read { reader in
        try reader.catalogResources(
          .environment, parentId: nil, after: after, limit: Self.pageSize
        ).compactMap(Environment.init)
      }
      for environment in page { await findBranch(of: environment) }
      guard page.count == Self.pageSize, let end = page.last else { return }
      last = end.id
    }
  }

  private mutating func findBranch(of environment: Environment) async {
    let lane = context.lane(of: environment)
    if faults[lane] != nil { return }
    // trackd's own repository is not there on a store that servers share.
    if environment.gitopsRepositoryURL.isEmpty, !context.store.isExclusive { return }
    if !environment.gitopsBranch.isEmpty, branches[environment.place.branchAlone] != nil { return }
    let deployer = context.integrations.deployer
    switch await asked(
      lane,
      { () async throws(IntegrationError) in
        try await deployer.place(of: environment)
      })
    {
    case .success(let place?): _ = await state(of: place.branchAlone)
    case .success(nil):
      if unplaced.contains(environment.id) {
        fault(lane, "where deployments are is not known: their deployer decides on that")
      }
    case .failure(let error): fault(lane, error.keptMessage)
    }
  }

  private mutating func findUnknown(on branch: Branch, at head: String) async throws {
    let places = context.integrations.places
    let lane = context.lane(of: branch)
    if faults[lane] != nil { return }
    let listed = await asked(lane) { () async throws(IntegrationError) in
      try await places.manifests(in: branch, at: head)
    }
    let manifests: [ManifestPlace]
    switch listed {
    case .success(let found): manifests = found
    case .failure(let error): return fault(lane, error.keptMessage)
    }
    var rest = manifests[...]
    var count = 0
    while !rest.isEmpty {
      let page = rest.prefix(Self.pageSize)
      rest = rest.dropFirst(page.count)
      let unknown = try await context.store.read { reader in
        try page.filter { try !Self.isKnown($0, reader) }
      }
      if unknown.isEmpty { continue }
      guard let contents = await contents(of: unknown, on: branch) else { return }
      let doubtful = zip(unknown, contents).compactMap { manifest, content in
        if case .own = content {
          Doubt(binding: nil, manifest: manifest, content: content)
        } else {
          nil
        }
      }
      try await record(doubtful, lane: lane)
      count += doubtful.count
      if count > Self.mostUnknown {
        return fault(lane, "more than \(Self.mostUnknown) manifests are unknown to the store")
      }
    }
  }

  /// Whether a manifest is one that the store knows, or stands where no environment of the store has
  /// its folder: somebody has copied it there.
  private static func isKnown(
    _ manifest: ManifestPlace, _ reader: any StoreReader
  ) throws(StoreError) -> Bool {
    let (componentId, trackId) = (manifest.componentId, manifest.trackId)
    let binding = try reader.binding(
      componentId: componentId, trackId: trackId, environmentId: manifest.environmentId)
    if binding?.place?.isSame(as: manifest.place) == true { return true }
    if let found = try reader.catalogResource(.environment, id: manifest.environmentId),
      case .environment(let environment) = found
    {
      var place = environment.place
      if place.branch.isEmpty { place.branch = manifest.place.branch }
      guard place.isSame(as: manifest.place) else { return true }
    }
    return try reader.cleanings(
      componentId: componentId, trackId: trackId, limit: ExecutorOptions.cleaningsAtOnce
    ).contains {
      $0.environmentId == manifest.environmentId
        && $0.left?.place.isSame(as: manifest.place) == true
    }
  }

  // MARK: Repositories

  /// What stands in places of a branch; nil where that is not known.
  private mutating func contents(
    of manifests: [ManifestPlace], on branch: Branch
  ) async -> [PlaceContent]? {
    let lane = context.lane(of: branch)
    guard faults[lane] == nil, case .at(let head) = await state(of: branch) else { return nil }
    guard let head else { return manifests.map { _ in .nothing } }
    let places = context.integrations.places
    var contents: [PlaceContent] = []
    while contents.count < manifests.count {
      let page = Array(manifests[contents.count...].prefix(Self.contentsAtOnce))
      switch await asked(
        lane,
        { () async throws(IntegrationError) in
          try await places.contents(of: page, at: head)
        })
      {
      case .success(let found) where found.count == page.count: contents += found
      case .success:
        fault(lane, Self.late)
        return nil
      case .failure(let error):
        fault(lane, error.keptMessage)
        return nil
      }
    }
    return contents
  }

  /// Asked once in a comparison: all of a branch is compared at one state of it.
  private mutating func state(of branch: Branch) async -> State {
    if let known = branches[branch] { return known }
    let lane = context.lane(of: branch)
    lanes.insert(lane)
    let places = context.integrations.places
    let state: State
    switch await asked(
      lane,
      { () async throws(IntegrationError) in
        try await places.state(of: branch)
      })
    {
    case .success(let head): state = .at(head)
    case .failure(let error):
      fault(lane, error.keptMessage)
      state = .unknown
    }
    branches[branch] = state
    return state
  }

  private mutating func asked<Value: Sendable>(
    _ lane: String, _ body: @escaping @Sendable () async throws(IntegrationError) -> Value
  ) async -> Result<Value, IntegrationError> {
    let clock = ContinuousClock()
    let began = clock.now
    defer {
      times[lane, default: .zero] += clock.now - began
      if times[lane, default: .zero] > Self.mostTime { fault(lane, Self.late) }
    }
    let answer = await context.stepLimit.run { () async -> Result<Value, IntegrationError> in
      do throws(IntegrationError) { return .success(try await body()) } catch {
        return .failure(error)
      }
    }
    return context.stepLimit.answer(answer, late: Self.late)
  }

  private mutating func fault(_ lane: String, _ reason: String) {
    lanes.insert(lane)
    if faults[lane] == nil { faults[lane] = reason }
  }

  // MARK: The end

  private func end() async throws -> RestoreReport? {
    try Task.checkCancellation()
    let (number, faults) = (restore.comparison, faults)
    let compared = lanes.sorted().map { ComparedLane(lane: $0, fault: faults[$0] ?? "") }
    try await write([]) { try $0.endComparison(number, compared) }
    try await release()
    let time = context.now()
    return try await write([]) { transaction in
      guard let report = try transaction.restoreReport(limit: Self.told) else { return nil }
      guard report.isSettled else { return report }
      try transaction.endRestore(at: time, by: "a comparison")
      var ended = report
      ended.restore.endedAt = time
      ended.restore.endedBy = "a comparison"
      return ended
    }
  }

  /// Lets operations go on whose places hold what the store believes.
  private func release() async throws {
    let (context, faults) = (context, faults)
    let sound = lanes.subtracting(faults.keys)
    let time = context.now()
    var last = ""
    while true {
      let after = last
      let page = try await context.store.read {
        try $0.restoredOperations(after: after, limit: Self.pageSize)
      }
      try await write(page.map(\.componentId)) { transaction in
        for held in page {
          guard var operation = try transaction.operation(id: held.id), operation.isRestored,
            operation.lease == nil,
            try Self.goesOn(operation, sound, faults.isEmpty, context, transaction)
          else { continue }
          operation.goOn(at: time)
          try transaction.updateOperation(operation)
        }
      }
      guard page.count == Self.pageSize, let end = page.last else { return }
      last = end.id
    }
  }

  /// A deployment goes on when its own place is known to be as the store believes; a removal, which
  /// may be about several places, when all of its track are, and every repository was compared.
  private static func goesOn(
    _ operation: Operation, _ sound: Set<String>, _ allAreSound: Bool, _ context: ExecutorContext,
    _ reader: any StoreReader
  ) throws(StoreError) -> Bool {
    let (componentId, trackId) = (operation.componentId, operation.trackId)
    guard operation.kind == .deployment else {
      guard allAreSound else { return false }
      return try !reader.hasDrift(componentId: componentId, trackId: trackId, environmentId: nil)
    }
    let environment = try reader.catalogResource(.environment, id: operation.environmentId)
      .flatMap(Environment.init)
    let binding = try reader.binding(
      componentId: componentId, trackId: trackId, environmentId: operation.environmentId)
    var lanes = [context.lane(of: environment)]
    if let place = binding?.place { lanes.append(context.lane(of: place)) }
    guard sound.isSuperset(of: lanes) else { return false }
    return try !reader.hasDrift(
      componentId: componentId, trackId: trackId, environmentId: operation.environmentId)
  }
}

extension DeploymentPlace {
  /// The branch without a folder.
  fileprivate var branchAlone: DeploymentPlace {
    DeploymentPlace(repositoryURL: repositoryURL, branch: branch, path: "")
  }

  fileprivate var text: String { "\(repositoryURL) \(branch)" }
}

extension EnvironmentBinding {
  /// Whether something else stands in its place than the store believes.
  fileprivate func isContradicted(by content: PlaceContent) -> Bool {
    switch content {
    case .nothing, .foreign: !currentDeploymentId.isEmpty
    case .own(let deploymentIds): deploymentIds != [currentDeploymentId]
    }
  }
}

extension Operation {
  /// It is not held any more, and due.
  mutating func goOn(at time: Timestamp) {
    isRestored = false
    lastError = ""
    dueAt = min(dueAt, time)
  }
}
