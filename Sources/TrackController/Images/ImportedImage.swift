import TrackDomain

/// The image of a new track whose component names a finished image, and the deployment that
/// auto-deploy may start.
struct ImportedImage {
  /// What the audit says of the image.
  let subject: AuditSubject
  /// The effects, once the track is stored.
  let apply: (any StoreTransaction) throws(StoreError) -> Void

  /// Nil for components that are built from source, and for those whose image reference is empty or
  /// invalid.
  init?(into track: Track, _ component: Component, _ planContext: PlanContext) throws {
    guard let context = planContext.component, component.imageSource == .registry,
      !component.image.isEmpty
    else { return nil }
    let reference =
      component.imageRegistry.isEmpty
      ? component.image : "\(component.imageRegistry)/\(component.image)"
    guard (try? ImageReference(reference)) != nil else { return nil }
    let changes = ImageChanges(planContext, component: context)
    let image = TrackImage(
      id: UniqueID.random().description, componentId: track.componentId, trackId: track.id,
      savedTrackId: track.id, images: [ContainerImage(reference: reference)],
      runId: "import-\(track.id)", createdAt: changes.now, updatedAt: changes.now,
      createdBy: changes.actor.name)
    let query = DeploymentFactsQuery(componentId: track.componentId, trackId: track.id)
    let facts =
      track.autoDeployEnabled
      ? try planContext.reader.deploymentFacts(query) : DeploymentFacts()
    let acceptance = DeploymentAcceptance(
      planContext, component: context, track: track, query, facts)
    let decision = AutoDeploy(acceptance, rivals: []).decide(image)
    let plan = changes.plan(image, decision, replacing: [])
    guard let subject = plan.subject else { return nil }
    self.subject = subject
    apply = plan.apply
  }
}
