package import TrackDomain

/// Values for tests.
package enum Samples {
  package static let actor = Principal(name: "ci@example.com", isVerified: false)

  package static func time(_ microseconds: Int64 = 0) -> Timestamp {
    Timestamp(microseconds: 1_800_000_000_000_000 + microseconds)
  }

  package static func endpoint(_ name: String, port: Int32 = 8080) -> Endpoint {
    Endpoint(
      name: name, displayName: "Endpoint \(name)", type: .rest, port: port, basePath: "/\(name)",
      schemaFilePath: "openapi.yaml", visibilities: [.public, .project])
  }

  package static func track(
    _ id: String, of componentId: String = "cart", version: APIVersion? = nil,
    branch: String = "main", at microseconds: Int64 = 0, endpoints: [Endpoint] = []
  ) -> Track {
    Track(
      id: id, componentId: componentId, version: version, branch: branch,
      description: "Track \(id)", autoDeployEnabled: false, isLatest: false, endpoints: endpoints,
      configRevision: 1, revision: 1, createdAt: time(microseconds),
      updatedAt: time(microseconds), createdBy: "ci")
  }

  package static func change(of track: Track, kind: ChangeKind = .created) -> Change {
    Change(
      kind: kind, resource: .deploymentTrack, resourceId: track.id, projectId: "shop",
      componentId: track.componentId, at: track.updatedAt, actor: actor,
      snapshot: Snapshot.encode(track))
  }

  /// An organization, a project, two environments, a pipeline, and components.
  package static func putCatalog(
    _ transaction: any StoreTransaction, components: [String] = ["cart"]
  ) throws(StoreError) {
    try transaction.putCatalogResource(.organization(Organization(id: "acme", tier: .paid)))
    try transaction.putCatalogResource(.project(Project(id: "shop", organizationId: "acme")))
    for name in ["dev", "prod"] {
      try transaction.putCatalogResource(
        .environment(Environment(id: name, projectId: "shop", name: name)))
    }
    try transaction.putCatalogResource(
      .deploymentPipeline(
        DeploymentPipeline(id: "main", projectId: "shop", environmentIds: ["dev", "prod"])))
    for id in components {
      try transaction.putCatalogResource(
        .component(
          Component(id: id, projectId: "shop", type: .webApp, defaultPipelineId: "main")))
    }
  }

  /// Stores a track as the use case that creates tracks does.
  package static func create(_ track: Track, in transaction: any StoreTransaction)
    throws(StoreError)
  {
    let context = try transaction.component(track.componentId)
    if let latestId = context?.latestTrackId,
      var latest = try transaction.track(componentId: track.componentId, id: latestId)
    {
      latest.revision += 1
      try transaction.updateTrack(latest)
    }
    try transaction.insertTrack(track)
    try transaction.setLatestTrack(componentId: track.componentId, trackId: track.id)
    try transaction.insertConfigRevision(
      ConfigRevision(
        componentId: track.componentId, trackId: track.id, number: 1,
        configs: TrackConfigs(endpoints: track.endpoints),
        createdAt: track.createdAt, actor: actor))
    try transaction.appendChange(change(of: track))
  }
}

/// An error for the closures of tests.
package struct TestError: Error, Equatable {
  package init() {}
}

extension TrackQuery {
  /// All tracks of a component, in the usual order.
  package static func all(of componentId: String) -> TrackQuery {
    TrackQuery(
      componentId: componentId, filter: TrackFilter(), order: .newestVersionFirst, after: nil,
      limit: 1000, examined: 1000)
  }
}
