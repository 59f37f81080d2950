public import TrackDomain

extension TrackController {
  // MARK: Reading

  /// The configuration of a track: the current one, or an earlier one.
  public func configs(_ request: GetTrackConfigs) async throws -> GetTrackConfigs.Found {
    try request.check()
    return try await read(ofComponent: request.componentId) { reader in
      let track = try Self.track(
        componentId: request.componentId, trackId: request.trackId, reader)
      return try request.find(track, reader)
    }
  }

  /// One page of the configurations that a track has had.
  public func configRevisions(
    _ request: ListConfigRevisions
  ) async throws -> ListConfigRevisions.Page {
    let query = try request.query(tokens)
    let page = try await readPage(ofComponent: query.componentId) { reader in
      let page = try reader.configRevisions(query)
      if page.revisions.isEmpty {
        _ = try Self.track(componentId: query.componentId, trackId: query.trackId, reader)
      }
      return page
    }
    return request.page(page, tokens)
  }

  // MARK: Changing

  /// Changes the configuration of a track, except what its source config defines.
  public func updateConfigs(
    _ request: UpdateTrackConfigs, by actor: Principal
  ) async throws -> ConfiguredTrack {
    try await mutations.run(request, by: actor)
  }

  /// Applies the component's source config at a commit to a track's configuration.
  ///
  /// A repeated request gets its answer without the repository.
  public func apply(
    _ request: ApplyComponentConfig, by actor: Principal
  ) async throws -> AppliedConfig {
    try await mutations.telling(SourceConfigApplication(request)) {
      if let response = try await mutations.replayed(SourceConfigApplication(request), by: actor) {
        return response
      }
      _ = try request.source.check()
      let time = mutations.now()
      let target = try await store.read { reader in
        let context = PlanContext(
          reader: reader, component: try reader.component(request.componentId), now: time,
          actor: actor)
        // The errors of the state come before those of the repository.
        let changes = try TrackChanges(context, componentId: request.componentId)
        _ = try changes.existing(request.trackId, etag: request.etag, reader)
        return try request.source.target(reader)
      }
      let reading = reader(of: target.component)
      var found = try await reading.find(target.revision)
      let config = try await reading.read(&found)
      return try await mutations.run(SourceConfigApplication(request, found, config), by: actor)
    }
  }

  /// The component's source config at a commit, in the newest format. Writes nothing.
  public func migrate(_ request: MigrateSourceConfig) async throws -> MigrateSourceConfig.Migrated {
    _ = try request.source.check()
    let target = try await read(ofComponent: request.componentId) { reader in
      try request.source.target(reader)
    }
    let found = try await reader(of: target.component).find(target.revision)
    let name = found.file.path.split(separator: "/").last.map(String.init) ?? ""
    do throws(SourceConfigError) {
      let migrated = try await integrations.sourceConfigs.migrate(
        fileName: name, content: found.file.content)
      return MigrateSourceConfig.Migrated(
        content: migrated.content, fileName: "component.yaml",
        migratedFrom: migrated.wasNewest ? "" : name, warnings: migrated.warnings,
        commit: found.commit)
    } catch {
      throw DomainError.sourceConfigInvalid(
        fileName: found.file.path, commit: found.commit, error)
    }
  }

  private func reader(of component: Component) -> SourceConfigReader {
    SourceConfigReader(
      source: integrations.source, format: integrations.sourceConfigs, component: component)
  }
}
