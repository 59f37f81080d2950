import TrackDomain

// What each call that changes something needs: the method's verb, which the contract names, and
// where; and what fields of the request need besides. Asked before remembered requests are looked
// up. The one table of such rules; `PutResource` has its own file (`PutRights`).

extension CreateTrack {
  /// Switching auto-deploy on is deploying.
  func authorize(_ check: AccessCheck) throws {
    try check.component(componentId)
    if autoDeployEnabled { try check.component(componentId, into: "", .deploy) }
  }
}

extension UpdateTrack {
  /// Switching auto-deploy on is deploying; leaving it on is not.
  func authorize(_ check: AccessCheck) throws {
    try check.component(componentId)
    guard check.access.isRestricted, autoDeployEnabled == true, fieldsSwitchAutoDeploy,
      try check.reader.track(componentId: componentId, id: trackId)?.autoDeployEnabled != true
    else { return }
    try check.component(componentId, into: "", .deploy)
  }

  private var fieldsSwitchAutoDeploy: Bool {
    updateMask.isEmpty
      || updateMask.contains { $0 == "*" || $0 == TrackField.autoDeployEnabled.rawValue }
  }
}

extension DeleteTrack {
  func authorize(_ check: AccessCheck) throws { try check.component(componentId) }
}

extension UpdateTrackConfigs {
  func authorize(_ check: AccessCheck) throws { try check.component(componentId) }
}

extension SourceConfigApplication {
  func authorize(_ check: AccessCheck) throws { try check.component(request.componentId) }
}

extension SaveTrackImage {
  /// `environment_id` needs the right to deploy there: without it the save succeeds, and nothing is
  /// deployed (`autoDeploy`).
  func authorize(_ check: AccessCheck) throws { try check.component(componentId) }

  /// Why the caller may not have the image deployed where the request wants it; nil when they may.
  func refusal(
    into environment: Environment?, of component: ComponentContext, _ access: Access
  ) -> DomainError? {
    if environmentId.isEmpty || !access.isRestricted { return nil }
    var place = AccessPlace(component)
    if let environment, environment.projectId == component.component.projectId {
      place = place.into(environmentId: environment.id)
    }
    if access.allows(.deploy, at: place) { return nil }
    return .noRight(
      to: .deploy, at: AccessPlace(componentId: componentId, environmentId: environmentId))
  }
}

extension DeploymentMutation {
  /// `bypass_reason` needs the right to bypass, too. API settings and releases of the caller's own
  /// make something run that never did: with these a rollback needs the right to deploy.
  func authorize(_ check: AccessCheck) throws {
    try need(nil, check)
    if !request.bypassReason.isEmpty { try need(.bypass, check) }
    if request.apiSettings != nil || request.releaseIds.isGiven { try need(.deploy, check) }
  }

  /// - Parameter verb: nil for the method's own.
  private func need(_ verb: Verb?, _ check: AccessCheck) throws {
    try check.component(
      request.componentId, into: request.environmentId, pipelineId: request.pipelineId, verb)
  }
}

extension CancelDeployment {
  /// Who may read the component is told where a deployment is, or that it does not exist; others,
  /// who may not cancel it, learn neither.
  func authorize(_ check: AccessCheck) throws {
    guard check.access.isRestricted else { return }
    let deployment = try check.reader.deployment(componentId: componentId, id: deploymentId)
    do {
      if let deployment {
        try check.component(componentId, into: deployment.environmentId)
      } else {
        try check.component(componentId)
      }
    } catch let error as DomainError where error.kind == .permissionDenied {
      guard try mayRead(check) else {
        throw DomainError.noRight(
          to: check.access.verb, at: AccessPlace(componentId: componentId))
      }
      if deployment != nil { throw error }
    }
  }
}

extension ResumeAutoDeploy {
  func authorize(_ check: AccessCheck) throws {
    try check.component(componentId, into: environmentId)
  }
}

extension DeleteResource {
  /// Environments and pipelines belong to who administers their project.
  func authorize(_ check: AccessCheck) throws {
    try check.resource(kind, id, atParent: kind == .environment)
  }

  /// What uses an environment lies in its project.
  func mayRead(_ check: AccessCheck) throws -> Bool {
    guard let resource = try check.reader.catalogResource(kind, id: id),
      var place = try check.place(of: resource)
    else { return check.access.allows(.read, at: .everywhere) }
    if kind == .environment { place.environmentId = "" }
    return check.access.allows(.read, at: place)
  }
}
