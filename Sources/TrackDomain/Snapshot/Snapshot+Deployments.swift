extension Snapshot {
  // MARK: Deployments

  public static func encode(_ deployment: Deployment) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 320)
    writer.byte(format)
    writer.deployment(deployment)
    writer.additions(to: deployment)
    return writer.bytes
  }

  public static func deployment(_ bytes: [UInt8]) throws(SnapshotError) -> Deployment {
    var reader = try open(bytes)
    var deployment = try reader.deployment()
    try reader.additions(to: &deployment)
    try reader.end()
    return deployment
  }

  public static func encode(_ binding: EnvironmentBinding) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 192)
    writer.byte(format)
    writer.text(binding.componentId)
    writer.text(binding.trackId)
    writer.text(binding.environmentId)
    writer.text(binding.currentDeploymentId)
    writer.text(binding.currentImageId)
    writer.text(binding.heldBy)
    return writer.bytes
  }

  public static func binding(_ bytes: [UInt8]) throws(SnapshotError) -> EnvironmentBinding {
    var reader = try open(bytes)
    let binding = EnvironmentBinding(
      componentId: try reader.text(), trackId: try reader.text(),
      environmentId: try reader.text(), currentDeploymentId: try reader.text(),
      currentImageId: try reader.text(), heldBy: try reader.text())
    try reader.end()
    return binding
  }
}

extension SnapshotWriter {
  mutating func deployment(_ value: Deployment) {
    text(value.id)
    signed(value.sequence)
    text(value.componentId)
    text(value.trackId)
    text(value.environmentId)
    text(value.imageId)
    byte(value.kind.rawValue)
    byte(value.state.rawValue)
    text(value.releaseId)
    text(value.releaseDeploymentId)
    signed(Int64(value.configRevision))
    optionalAPISettings(value.apiSettings)
    text(value.rollbackOf)
    text(value.restores)
    text(value.rolledBackBy)
    text(value.reason)
    text(value.bypassReason)
    text(value.actor.name)
    flag(value.actor.isVerified)
    text(value.error)
    text(value.gitopsHash)
    signed(value.createdAt.microseconds)
    time(value.startedAt)
    time(value.endedAt)
  }

  /// Fields that later formats added: the attempts (-1 for none), the hold, and whom the actor acts
  /// for. Writes nothing when all are absent.
  mutating func additions(to value: Deployment) {
    let actsFor = value.actor.onBehalfOf
    guard value.attempts != nil || value.holdsAutoDeploy || !actsFor.isEmpty else { return }
    signed(Int64(value.attempts?.count ?? -1))
    text(value.attempts?.lastError ?? "")
    time(value.attempts?.nextAt)
    if value.holdsAutoDeploy || !actsFor.isEmpty { flag(value.holdsAutoDeploy) }
    if !actsFor.isEmpty { text(actsFor) }
  }
}

extension SnapshotReader {
  mutating func deployment() throws(SnapshotError) -> Deployment {
    Deployment(
      id: try text(), sequence: try signed(), componentId: try text(), trackId: try text(),
      environmentId: try text(), imageId: try text(), kind: try raw(DeploymentKind.self),
      state: try raw(DeploymentState.self), releaseId: try text(),
      releaseDeploymentId: try text(), configRevision: try int32(),
      apiSettings: try optionalAPISettings(), rollbackOf: try text(), restores: try text(),
      rolledBackBy: try text(), reason: try text(), bypassReason: try text(),
      actor: Principal(name: try text(), isVerified: try flag()), error: try text(),
      gitopsHash: try text(), createdAt: try time(), startedAt: try optionalTime(),
      endedAt: try optionalTime())
  }

  mutating func additions(to deployment: inout Deployment) throws(SnapshotError) {
    if isAtEnd { return }
    let attempts = DeploymentAttempts(
      count: try int32(), lastError: try text(), nextAt: try optionalTime())
    if attempts.count >= 0 { deployment.attempts = attempts }
    if !isAtEnd { deployment.holdsAutoDeploy = try flag() }
    if !isAtEnd { deployment.actor.onBehalfOf = try text() }
  }
}
