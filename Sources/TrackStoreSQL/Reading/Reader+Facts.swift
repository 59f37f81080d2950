package import TrackDomain

/// What decisions are based on. Each answer is put together from several statements: where each
/// would cost a round trip, those that need nothing of the others are asked for before (`foresee`).
package extension Reader {
  // MARK: Tracks

  func trackWithDeletion(
    componentId: String, id: String
  ) throws(StoreError) -> TrackWithDeletion? {
    foresee { () throws(StoreError) in _ = try deletion(componentId: componentId, trackId: id) }
    guard let track = try track(componentId: componentId, id: id) else { return nil }
    return TrackWithDeletion(
      track, deletion: try deletion(componentId: componentId, trackId: id))
  }

  func creationFacts(_ query: CreationFactsQuery) throws(StoreError) -> CreationFacts {
    let componentId = query.componentId
    var facts = CreationFacts()
    foresee { () throws(StoreError) in _ = try component(componentId) }
    if !query.id.isEmpty {
      foresee { () throws(StoreError) in _ = try track(componentId: componentId, id: query.id) }
    }
    foresee { () throws(StoreError) in _ = try twinId(of: query) }
    facts.trackCount = try trackCount(componentId: componentId, upTo: query.countLimit)
    facts.twinId = try twinId(of: query)
    if !query.id.isEmpty {
      facts.isIdTaken = try track(componentId: componentId, id: query.id) != nil
    }
    if let latestId = try component(componentId)?.latestTrackId {
      facts.latest = try track(componentId: componentId, id: latestId)
    }
    return facts
  }

  private func twinId(of query: CreationFactsQuery) throws(StoreError) -> String? {
    guard let version = query.version else {
      return try trackId(componentId: query.componentId, unversionedBranch: query.branch)
    }
    return try trackId(componentId: query.componentId, version: version)
  }

  func deletionFacts(componentId: String, trackId: String) throws(StoreError) -> DeletionFacts? {
    guard let track = try trackWithDeletion(componentId: componentId, id: trackId) else {
      return nil
    }
    var facts = DeletionFacts(track)
    if track.deletion != nil { return facts }
    if track.track.isLatest { facts.heir = try heir(of: track.track) }
    facts.unfinished = try unfinishedDeployments(
      componentId: componentId, trackId: trackId, environmentId: nil)
    for deployment in facts.unfinished {
      guard let operation = try operation(id: deployment.id), operation.step >= .publishing
      else { continue }
      facts.publishing.insert(deployment.id)
    }
    facts.bindings = try bindings(componentId: componentId, trackId: trackId)
    return facts
  }

  private func heir(of latest: Track) throws(StoreError) -> Track? {
    let componentId = latest.componentId
    var after: TrackKey?
    repeat {
      let page = try tracks(
        TrackQuery(
          componentId: componentId, filter: TrackFilter(), order: .newestVersionFirst,
          after: after, limit: 10, examined: 10))
      for candidate in page.tracks where candidate.id != latest.id {
        if try deletion(componentId: componentId, trackId: candidate.id) == nil {
          return candidate
        }
      }
      after = page.next
    } while after != nil
    return nil
  }

  // MARK: Images

  func saveFacts(_ query: SaveFactsQuery) throws(StoreError) -> SaveFacts {
    let (componentId, trackId) = (query.componentId, query.trackId)
    var facts = SaveFacts()
    if !trackId.isEmpty {
      foresee { () throws(StoreError) in
        _ = try trackWithDeletion(componentId: componentId, id: trackId)
      }
      if !query.commitHash.isEmpty {
        foresee { () throws(StoreError) in _ = try replaced(query) }
      }
    }
    facts.saved = try image(
      componentId: componentId, savedTrackId: trackId, runId: query.runId)
    if trackId.isEmpty { return facts }
    facts.track = try trackWithDeletion(componentId: componentId, id: trackId)
    if !query.commitHash.isEmpty { facts.replaced = try replaced(query) }
    guard let track = facts.track, track.track.autoDeployEnabled else { return facts }
    let deployment = try deploymentFacts(
      DeploymentFactsQuery(
        componentId: componentId, trackId: trackId, environmentId: query.environmentId), of: track)
    facts.deployment = deployment
    var ids = deployment.unfinished.map(\.imageId)
    if let current = deployment.binding?.currentImageId, !current.isEmpty { ids.append(current) }
    for id in ids {
      if let image = try image(componentId: componentId, id: id) { facts.rivals.append(image) }
    }
    return facts
  }

  private func replaced(_ query: SaveFactsQuery) throws(StoreError) -> [TrackImage] {
    try currentImages(
      componentId: query.componentId, trackId: query.trackId, commitHash: query.commitHash,
      limit: query.replacedLimit)
  }

  // MARK: Deployments

  func deploymentFacts(_ query: DeploymentFactsQuery) throws(StoreError) -> DeploymentFacts {
    foreseeFacts(query)
    return try deploymentFacts(
      query, of: try trackWithDeletion(componentId: query.componentId, id: query.trackId))
  }

  private func deploymentFacts(
    _ query: DeploymentFactsQuery, of track: TrackWithDeletion?
  ) throws(StoreError) -> DeploymentFacts {
    var facts = DeploymentFacts()
    facts.track = track
    if !query.imageId.isEmpty {
      facts.image = try image(componentId: query.componentId, id: query.imageId)
    }
    facts.pipeline = try pipeline(of: query)
    let route = DeploymentRoute(environmentId: query.environmentId, pipeline: facts.pipeline)
    if let id = route.environmentId {
      facts.environment = try catalogResource(.environment, id: id).flatMap { Environment($0) }
    }
    if let track = track?.track { try readPlaces(of: track, route, &facts) }
    return facts
  }

  /// What can be asked for before the track is known.
  private func foreseeFacts(_ query: DeploymentFactsQuery) {
    let (componentId, trackId) = (query.componentId, query.trackId)
    foresee { () throws(StoreError) in _ = try pipeline(of: query) }
    if !query.imageId.isEmpty {
      foresee { () throws(StoreError) in
        _ = try image(componentId: componentId, id: query.imageId)
      }
    }
    let id = query.environmentId
    if id.isEmpty { return }
    foresee { () throws(StoreError) in _ = try catalogResource(.environment, id: id) }
    foresee { () throws(StoreError) in
      _ = try binding(componentId: componentId, trackId: trackId, environmentId: id)
    }
    foresee { () throws(StoreError) in
      _ = try unfinishedDeployments(
        componentId: componentId, trackId: trackId, environmentId: id)
    }
  }

  private func pipeline(
    of query: DeploymentFactsQuery
  ) throws(StoreError) -> DeploymentPipeline? {
    var id = query.pipelineId
    if id.isEmpty { id = try component(query.componentId)?.component.defaultPipelineId ?? "" }
    if id.isEmpty { return nil }
    return try catalogResource(.deploymentPipeline, id: id).flatMap { DeploymentPipeline($0) }
  }

  private func readPlaces(
    of track: Track, _ route: DeploymentRoute, _ facts: inout DeploymentFacts
  ) throws(StoreError) {
    let (componentId, trackId) = (track.componentId, track.id)
    if let id = route.environmentId {
      facts.binding = try binding(
        componentId: componentId, trackId: trackId, environmentId: id)
      facts.unfinished = try unfinishedDeployments(
        componentId: componentId, trackId: trackId, environmentId: id)
    }
    if let id = route.previousId {
      facts.previousBinding = try binding(
        componentId: componentId, trackId: trackId, environmentId: id)
    }
    facts.configs = try configs(
      componentId: componentId, trackId: trackId, number: track.configRevision)
    if track.branch.isEmpty, let image = facts.image {
      facts.wasDeployed = try wasDeployed(
        componentId: componentId, trackId: trackId, imageId: image.id)
    }
  }

  private func configs(
    componentId: String, trackId: String, number: Int32
  ) throws(StoreError) -> TrackConfigs? {
    if number == 0 { return nil }
    return try configRevision(componentId: componentId, trackId: trackId, number: number)?.configs
  }

  // MARK: Rollbacks

  /// How many deployments are looked at, at most, for one to go back to.
  private static let maximumExamined = 1000
  private static let historyPageSize = 100

  func rollbackFacts(_ query: DeploymentFactsQuery) throws(StoreError) -> RollbackFacts {
    var facts = RollbackFacts(try deploymentFacts(query))
    guard let binding = facts.deployment.binding, !binding.currentDeploymentId.isEmpty,
      let current = try deployment(
        componentId: query.componentId, id: binding.currentDeploymentId)
    else { return facts }
    facts.current = current
    try readRestorable(from: current, query, &facts)
    facts.newer = try deployments(
      DeploymentQuery(
        componentId: current.componentId, trackId: current.trackId,
        environmentId: current.environmentId, limit: Self.historyPageSize)
    ).deployments.filter { $0.sequence > current.sequence }
    return facts
  }

  private func readRestorable(
    from current: Deployment, _ query: DeploymentFactsQuery, _ facts: inout RollbackFacts
  ) throws(StoreError) {
    var before: Int64?
    var examined = 0
    repeat {
      let page = try deployments(
        DeploymentQuery(
          componentId: current.componentId, trackId: current.trackId,
          environmentId: current.environmentId,
          imageId: query.imageId.isEmpty ? nil : query.imageId, state: .succeeded,
          before: before, limit: Self.historyPageSize))
      facts.wasDeployed = facts.wasDeployed || !page.deployments.isEmpty
      for candidate in page.deployments
      where candidate.isRestorable(from: current, imageId: query.imageId) {
        guard let image = try image(componentId: current.componentId, id: candidate.imageId)
        else { continue }
        facts.restored = candidate
        facts.restoredImage = image
        facts.restoredConfigs = try configs(
          componentId: current.componentId, trackId: current.trackId,
          number: candidate.configRevision)
        return
      }
      examined += page.deployments.count
      before = page.next
    } while before != nil && examined < Self.maximumExamined
  }

  // MARK: Orders

  func parts(
    of deployments: [Deployment]
  ) throws(StoreError) -> [Result<DeploymentParts, StoreError>] {
    for deployment in deployments { foreseeParts(of: deployment) }
    var components: [String: ComponentContext] = [:]
    var found: [Result<DeploymentParts, StoreError>] = []
    for deployment in deployments {
      do throws(StoreError) {
        found.append(.success(try parts(of: deployment, &components)))
      } catch  where error.isOfOneRow {
        found.append(.failure(error))
      }
    }
    return found
  }

  private func foreseeParts(of deployment: Deployment) {
    let (componentId, trackId) = (deployment.componentId, deployment.trackId)
    foresee { () throws(StoreError) in _ = try component(componentId) }
    foresee { () throws(StoreError) in _ = try track(componentId: componentId, id: trackId) }
    foresee { () throws(StoreError) in
      _ = try image(componentId: componentId, id: deployment.imageId)
    }
    foresee { () throws(StoreError) in
      _ = try configs(
        componentId: componentId, trackId: trackId, number: deployment.configRevision)
    }
    foresee { () throws(StoreError) in
      _ = try binding(
        componentId: componentId, trackId: trackId, environmentId: deployment.environmentId)
    }
  }

  private func parts(
    of deployment: Deployment, _ components: inout [String: ComponentContext]
  ) throws(StoreError) -> DeploymentParts {
    let (componentId, trackId) = (deployment.componentId, deployment.trackId)
    var parts = DeploymentParts()
    if components[componentId] == nil { components[componentId] = try component(componentId) }
    parts.component = components[componentId]
    parts.track = try track(componentId: componentId, id: trackId)
    parts.image = try image(componentId: componentId, id: deployment.imageId)
    parts.configs = try configs(
      componentId: componentId, trackId: trackId, number: deployment.configRevision)
    parts.binding = try binding(
      componentId: componentId, trackId: trackId, environmentId: deployment.environmentId)
    return parts
  }
}
