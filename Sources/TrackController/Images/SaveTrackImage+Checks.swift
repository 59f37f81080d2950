import TrackDomain

extension SaveTrackImage {
  func check() throws(DomainError) -> Checked {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("organization_id", organizationId)
    violations.collectId("project_id", projectId)
    if !trackId.isEmpty { violations.collectId("deployment_track_id", trackId) }
    if !environmentId.isEmpty { violations.collectId("environment_id", environmentId) }
    var checked = Checked(images: ImageRules.check(images, &violations))
    checked.commitHash = checkHash("git_hash", commitHash, &violations)
    if !commitHash.isEmpty, committedAt == nil {
      violations.add(
        "git_hash_commit_timestamp",
        InvalidValue(.invalidCommitHash, "must be given with git_hash"))
    }
    checked.gitopsHash = checkHash("gitops_hash", gitopsHash, &violations)
    checked.branch = checkBranch(&violations)
    _ = violations.collect("run_id") { () throws(InvalidValue) in
      try ImageRules.checkRunId(runId)
    }
    _ = violations.collect("api_definition_path") { () throws(InvalidValue) in
      try ImageRules.checkAPIDefinitionPath(apiDefinitionPath)
    }
    _ = violations.collect("image_ports") { () throws(InvalidValue) in
      try ImageRules.checkPorts(ports)
    }
    try violations.check()
    return checked
  }

  private func checkHash(
    _ field: String, _ hash: String, _ violations: inout Violations
  ) -> String {
    if hash.isEmpty { return hash }
    return violations.collect(field) { () throws(InvalidValue) in try CommitHash.check(hash) }
      ?? ""
  }

  private func checkBranch(_ violations: inout Violations) -> String {
    if !branch.isEmpty, !trackId.isEmpty {
      violations.add(
        "branch", InvalidValue(.invalidBranch, "must be empty with deployment_track_id"))
      return ""
    }
    return violations.collect("branch") { () throws(InvalidValue) in
      try BranchName.decode(branch)
    } ?? ""
  }

  /// Separate from the other checks because it needs the time.
  func checkCommitTime(now: Timestamp) throws(DomainError) {
    guard let committedAt else { return }
    _ = try valid("git_hash_commit_timestamp") { () throws(InvalidValue) in
      try ImageRules.checkCommitTime(committedAt, now: now)
    }
  }

  /// The component, if it belongs to the project and the organization that the request names.
  /// Resources of others get the errors of missing ones, so that callers cannot tell the two apart.
  func ownedComponent(_ context: PlanContext) throws -> ComponentContext {
    if let component = context.component, component.component.projectId == projectId,
      component.organizationId == organizationId
    {
      return component
    }
    let check = AccessCheck(access: context.access, reader: context.reader)
    let reader = context.reader
    guard let organization = try reader.catalogResource(.organization, id: organizationId),
      try check.knows(organization) || organizationId == context.component?.organizationId
    else {
      throw DomainError.notFound(.organization, organizationId)
    }
    guard
      let project = try reader.catalogResource(.project, id: projectId).flatMap(Project.init),
      project.organizationId == organizationId,
      try check.knows(.project(project)) || projectId == context.component?.component.projectId
    else { throw DomainError.notFound(.project, projectId) }
    throw DomainError.notFound(.component, componentId)
  }
}
