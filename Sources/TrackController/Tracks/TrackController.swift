public import TrackDomain

/// The use cases of deployment tracks.
///
/// Throws `DomainError` where a rule refuses the call, `StoreError` where the store cannot serve
/// it, and `CancellationError`. Any thread. Reads do not suspend if the store's reads do not.
public struct TrackController: Sendable {
  /// What is the same for all callers: there is a controller for each call, which is cheap to copy.
  private final class Shared: Sendable {
    let integrations: Integrations
    let operations: OperationSignals
    let seal: (any TokenSeal)?

    init(_ integrations: Integrations, _ operations: OperationSignals, _ seal: (any TokenSeal)?) {
      self.integrations = integrations
      self.operations = operations
      self.seal = seal
    }
  }

  private let shared: Shared
  private(set) var mutations: MutationRunner

  /// - Parameters:
  ///   - store: has the rows.
  ///   - integrations: the systems outside of trackd that the use cases ask.
  ///   - operations: the signals of the executor that works on the operations of `store`.
  ///   - seal: of the tokens of lists; nil: they can be read.
  ///   - hasOwnGitOps: whether environments without a repository have one of trackd's own.
  ///   - now: the wall clock.
  public init(
    store: any TrackStore, integrations: Integrations = Integrations(),
    operations: OperationSignals = OperationSignals(), seal: (any TokenSeal)? = nil,
    hasOwnGitOps: Bool = true, now: @escaping @Sendable () -> Timestamp
  ) {
    shared = Shared(integrations, operations, seal)
    mutations = MutationRunner(store: store, now: now, hasOwnGitOps: hasOwnGitOps)
  }

  // MARK: Rights

  /// The use cases for a caller who may do so much. Without it they do what they are told.
  public func limited(to access: Access) -> TrackController {
    guard access.isRestricted else { return self }
    var limited = self
    limited.mutations.access = access
    return limited
  }

  /// The use cases for a caller elsewhere, of whom the audit tells from where.
  public func called(from origin: CallOrigin) -> TrackController {
    var called = self
    called.mutations.origin = origin
    return called
  }

  var store: any TrackStore { mutations.store }
  var integrations: Integrations { shared.integrations }
  var operations: OperationSignals { shared.operations }
  private var access: Access { mutations.access }

  var tokens: CallerTokens { CallerTokens(shared.seal, owner: access.tokenOwner) }

  /// Reads of a component, if the caller may.
  func read<Value: Sendable>(
    ofComponent id: String, _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try await store.read { [access] reader in
      try AccessCheck(access: access, reader: reader).component(id)
      return try body(reader)
    }
  }

  /// The same for a page.
  func readPage<Value: Sendable>(
    ofComponent id: String, _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try await store.readPage { [access] reader in
      try AccessCheck(access: access, reader: reader).component(id)
      return try body(reader)
    }
  }

  /// The same without suspending; nil where the store cannot answer at once (`readAtOnce`).
  func readAtOnce<Value>(
    ofComponent id: String, _ body: (any StoreReader) throws -> Value
  ) throws -> Value? {
    try store.readAtOnce { reader in
      try AccessCheck(access: access, reader: reader).component(id)
      return try body(reader)
    }
  }

  /// Whether the store has callers whom it answers at once.
  public var readsAtOnce: Bool { store.readsAtOnce }

  // MARK: Reading

  /// One track with its active deployments.
  public func track(componentId: String, trackId: String) async throws -> DeployedTrack {
    try Self.checkIds(componentId: componentId, trackId: trackId)
    return try await read(ofComponent: componentId) { reader in
      try deployed(componentId: componentId, trackId: trackId, reader)
    }
  }

  /// The same without suspending; nil where the store cannot answer at once (`readAtOnce`).
  public func trackAtOnce(componentId: String, trackId: String) throws -> DeployedTrack? {
    try Self.checkIds(componentId: componentId, trackId: trackId)
    return try readAtOnce(ofComponent: componentId) { reader in
      try deployed(componentId: componentId, trackId: trackId, reader)
    }
  }

  private static func checkIds(componentId: String, trackId: String) throws(DomainError) {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    try violations.check()
  }

  func deployed(
    componentId: String, trackId: String, _ reader: any StoreReader
  ) throws -> DeployedTrack {
    let found = try reader.deployedTrack(
      componentId: componentId, id: trackId, limit: DeployedTrack.mostActive)
    guard let found else {
      throw try Self.missing(componentId: componentId, trackId: trackId, reader)
    }
    return DeployedTrack(found, deployer: integrations.deployer)
  }

  /// `TrackStore.commitStamp`: changes with each commit that may change what reads of the component
  /// return.
  public func commitStamp(ofComponent id: String) -> UInt64? {
    store.commitStamp(ofComponent: id)
  }

  /// The track; throws when it or the component does not exist.
  static func track(
    componentId: String, trackId: String, _ reader: any StoreReader
  ) throws -> Track {
    if let track = try reader.track(componentId: componentId, id: trackId) { return track }
    throw try missing(componentId: componentId, trackId: trackId, reader)
  }

  private static func missing(
    componentId: String, trackId: String, _ reader: any StoreReader
  ) throws(StoreError) -> DomainError {
    try reader.component(componentId) == nil
      ? .notFound(.component, componentId)
      : .trackNotFound(componentId: componentId, trackId: trackId)
  }

  /// One page of a component's tracks.
  public func tracks(_ request: ListTracks) async throws -> ListTracks.Page {
    let query = try request.query(tokens)
    let page = try await readPage(ofComponent: query.componentId) { try Self.page(query, $0) }
    return request.page(page, tokens)
  }

  /// The same without suspending; nil where the store cannot answer at once (`readAtOnce`).
  public func tracksAtOnce(_ request: ListTracks) throws -> ListTracks.Page? {
    let query = try request.query(tokens)
    return try readAtOnce(ofComponent: query.componentId) { try Self.page(query, $0) }
      .map { request.page($0, tokens) }
  }

  private static func page(_ query: TrackQuery, _ reader: any StoreReader) throws -> TrackPage {
    let page = try reader.tracks(query)
    if page.tracks.isEmpty, try reader.component(query.componentId) == nil {
      throw DomainError.notFound(.component, query.componentId)
    }
    return page
  }

  // MARK: Changing

  /// Creates a track, makes it the latest, and copies the USER endpoints of the latest before it.
  public func create(_ request: CreateTrack, by actor: Principal) async throws -> Track {
    try await mutations.telling(request) {
      if let track = try await mutations.replayed(request, by: actor) { return track }
      _ = try request.check()
      var request = request
      request.tier = try await tier(for: request)
      return try await mutations.run(request, by: actor)
    }
  }

  /// The tier of a component's organization according to the subscriptions; nil, without asking,
  /// when the request will be refused whatever the tier is.
  private func tier(
    for request: CreateTrack
  ) async throws -> Result<OrganizationTier?, IntegrationError> {
    let found = try await store.read { try $0.component(request.componentId) }
    guard let component = found, request.fits(component.component) else { return .success(nil) }
    do throws(IntegrationError) {
      return .success(
        try await integrations.subscriptions.tier(organizationId: component.organizationId))
    } catch {
      return .failure(error)
    }
  }

  /// Changes the branch, the description or auto-deploy of a track.
  public func update(_ request: UpdateTrack, by actor: Principal) async throws -> Track {
    try await mutations.run(request, by: actor)
  }

  /// Deletes a track, and waits until it is gone, at most for `deletionPatience`.
  ///
  /// The deletion goes on if the task is cancelled, or CLEANUP_PENDING is thrown. After
  /// CLEANUP_REFUSED it was given up.
  public func delete(_ request: DeleteTrack, by actor: Principal) async throws -> DeletedTrack {
    let track = try await mutations.telling(request) { try await deleted(request, by: actor) }
    return try await mutations.mayRead(request) ? track : DeletedTrack(latestTrackId: "")
  }

  private func deleted(
    _ request: DeleteTrack, by actor: Principal
  ) async throws -> DeletedTrack {
    let deletion = try await mutations.run(request, by: actor)
    if request.options.validateOnly {
      return DeletedTrack(latestTrackId: deletion.latestTrackId)
    }
    operations.wake()
    try await operations.wait(on: store, atMost: Self.deletionPatience) {
      try await store.read { try !deletion.isRunning($0) }
    }
    let (left, end) = try await store.read { reader in
      let isThere = try deletion.isThere(
        componentId: request.componentId, trackId: request.trackId, reader)
      let hindrance =
        isThere
        ? try reader.hindrance(
          of: deletion.operationId, componentId: request.componentId, trackId: request.trackId)
        : nil
      return (hindrance, try reader.operationEnd(id: deletion.operationId))
    }
    guard let left else {
      let abandoned = (end?.abandoned ?? "").split(separator: "\n").map(String.init)
      return DeletedTrack(latestTrackId: deletion.latestTrackId, abandonedPlaces: abandoned)
    }
    if let failure = end?.failure {
      throw failure.isTemporary
        ? DomainError.cleanupPending(
          trackId: request.trackId, because: .outside(failure.message))
        : DomainError.cleanupRefused(trackId: request.trackId, detail: failure.message)
    }
    throw DomainError.cleanupPending(trackId: request.trackId, because: left)
  }

  /// How long a caller waits for a deletion.
  static let deletionPatience = Duration.seconds(10)
}
