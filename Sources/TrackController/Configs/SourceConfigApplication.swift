import TrackDomain

/// The transaction of `ApplyComponentConfig`, after the file was read.
struct SourceConfigApplication: Sendable {
  let request: ApplyComponentConfig
  /// Nil for a call that only looks for a remembered response.
  let found: FoundSourceConfig?
  let config: SourceConfig

  /// Makes the call that only looks for a remembered response.
  init(_ request: ApplyComponentConfig) {
    self.request = request
    found = nil
    config = SourceConfig()
  }

  init(_ request: ApplyComponentConfig, _ found: FoundSourceConfig, _ config: SourceConfig) {
    self.request = request
    self.found = found
    self.config = config
  }
}

extension SourceConfigApplication: Mutation {
  var method: RequestMethod { .applyComponentConfig }
  var options: MutationOptions { request.options }

  /// Adds the request alone: the repository may answer otherwise by the time of a retry.
  func combine(into digest: inout Digest) {
    digest.combine(request.componentId)
    digest.combine(request.trackId)
    digest.combine(request.commitHash)
    digest.combine(request.etag)
  }

  func check() throws(DomainError) { _ = try request.source.check() }

  var namedComponentId: String? { request.componentId }

  func plan(_ checked: Void, _ context: PlanContext) throws -> Plan<AppliedConfig> {
    let changes = try TrackChanges(context, componentId: request.componentId)
    let track = try changes.existing(request.trackId, etag: request.etag, context.reader)
    let old = try ConfiguredTrack(track, context.reader)
    let new = old.reconfigured(try reconciled(old.configs), changes)
    let outcome = SourceConfigOutcome(
      track: new.track,
      changes: ConfigDifference(old.configs, new.configs, of: .sourceConfig).changes,
      warnings: (found?.warnings ?? []) + config.warnings + new.configs.warnings,
      commit: found?.commit ?? "", fileName: found?.file.path ?? "")
    let response = AppliedConfig(outcome: outcome, configs: new.configs)
    let encoded = Snapshot.encode(outcome)
    if new == old { return Plan(response: response, encodedResponse: encoded) }
    let subject = changes.subject(
      request.trackId, changedFields: ConfigDifference(old.configs, new.configs).paths)
    return Plan(response: response, encodedResponse: encoded, changing: subject) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try new.write(to: transaction, changes)
    }
  }

  /// `configs` with the elements of the file in place of those of an earlier file.
  private func reconciled(_ configs: TrackConfigs) throws(DomainError) -> TrackConfigs {
    var configs = configs
    let users = configs.endpoints.filter { $0.origin == .user }
    let names = Set(users.map(\.name))
    if let taken = config.endpoints.first(where: { names.contains($0.name) }) {
      throw DomainError.endpointNameTakenByUser(taken.name, trackId: request.trackId)
    }
    configs.endpoints = (users + config.endpoints).sorted { $0.name < $1.name }
    let kept = configs.environmentVariables.filter { $0.origin == .user }
    configs.environmentVariables = (kept + config.environmentVariables).inOrder()
    return configs
  }

  /// That it was done: the etag for the next call.
  func withoutNames(_ response: AppliedConfig) -> AppliedConfig {
    AppliedConfig(
      outcome: SourceConfigOutcome(
        track: response.outcome.track.withoutContent, changes: [], warnings: [],
        commit: request.commitHash, fileName: ""),
      configs: TrackConfigs())
  }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> AppliedConfig {
    let outcome = try Snapshot.sourceConfigOutcome(bytes)
    let configured = try ConfiguredTrack(outcome.track, reader)
    return AppliedConfig(outcome: outcome, configs: configured.configs)
  }
}
