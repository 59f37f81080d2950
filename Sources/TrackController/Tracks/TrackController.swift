public import TrackDomain

/// The use cases of deployment tracks.
///
/// Throws `DomainError` where a rule refuses the call, `StoreError` where the store cannot serve
/// it, and `CancellationError`. Any thread; reads end where they began, without suspending, if the
/// store reads without.
public struct TrackController: Sendable {
  let store: any TrackStore
  let integrations: Integrations
  let operations: OperationSignals
  let mutations: MutationRunner

  /// - Parameters:
  ///   - operations: those of the executor that works on the operations of `store`.
  ///   - now: the wall clock.
  public init(
    store: any TrackStore, integrations: Integrations = Integrations(),
    operations: OperationSignals = OperationSignals(), now: @escaping @Sendable () -> Timestamp
  ) {
    self.store = store
    self.integrations = integrations
    self.operations = operations
    self.mutations = MutationRunner(store: store, now: now)
  }

  // MARK: Reading

  /// One track, by its component and its id.
  public func track(componentId: String, trackId: String) async throws -> Track {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    try violations.check()
    return try await store.read { reader in
      if let track = try reader.track(componentId: componentId, id: trackId) { return track }
      guard try reader.component(componentId) != nil else {
        throw DomainError.notFound(.component, componentId)
      }
      throw DomainError.trackNotFound(componentId: componentId, trackId: trackId)
    }
  }

  /// One page of a component's tracks.
  public func tracks(_ request: ListTracks) async throws -> ListTracks.Page {
    let query = try request.query()
    let page = try await store.read { reader in
      let page = try reader.tracks(query)
      if page.tracks.isEmpty, try reader.component(query.componentId) == nil {
        throw DomainError.notFound(.component, query.componentId)
      }
      return page
    }
    return request.page(page)
  }

  // MARK: Changing

  /// Creates a track, makes it the latest, and copies the USER endpoints of the latest before it.
  public func create(_ request: CreateTrack, by actor: Actor) async throws -> Track {
    try await mutations.run(request, by: actor)
  }

  /// Changes the branch, the description or auto-deploy of a track.
  public func update(_ request: UpdateTrack, by actor: Actor) async throws -> Track {
    try await mutations.run(request, by: actor)
  }

  /// Deletes a track.
  ///
  /// - Returns: the id of the component's latest track after that.
  public func delete(_ request: DeleteTrack, by actor: Actor) async throws -> String {
    try await mutations.run(request, by: actor)
  }

  /// Replaces the USER endpoints of a track.
  public func updateConfigs(_ request: UpdateTrackConfigs, by actor: Actor) async throws -> Track {
    try await mutations.run(request, by: actor)
  }
}
