public import TrackDomain

/// The request to change the configuration of a track, except what its source config defines.
public struct UpdateTrackConfigs: Sendable {
  public var componentId: String
  public var trackId: String
  public var endpoints: [EndpointDraft]
  /// Nil when the request holds none.
  public var apiSettings: APISettings?
  public var environmentVariables: [EnvironmentVariableDraft]
  /// Single variables to set, whatever the mask says.
  public var setVariables: [EnvironmentVariableDraft]
  /// Names of single variables to remove, whatever the mask says.
  public var removedVariables: [String]
  public var etag: String
  /// Empty: the fields that the request holds.
  public var updateMask: [String]
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, endpoints: [EndpointDraft] = [],
    apiSettings: APISettings? = nil, environmentVariables: [EnvironmentVariableDraft] = [],
    setVariables: [EnvironmentVariableDraft] = [], removedVariables: [String] = [],
    etag: String = "", updateMask: [String] = [], options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.endpoints = endpoints
    self.apiSettings = apiSettings
    self.environmentVariables = environmentVariables
    self.setVariables = setVariables
    self.removedVariables = removedVariables
    self.etag = etag
    self.updateMask = updateMask
    self.options = options
  }
}

extension UpdateTrackConfigs: Mutation {
  /// The new values, checked; nil for fields that stay.
  struct Checked: Sendable {
    var endpoints: [Endpoint]?
    var apiSettings: APISettingsChange?
    var environmentVariables: [EnvironmentVariable]?
    /// Replace the variables of the same names; used when `environmentVariables` is nil.
    var setVariables: [EnvironmentVariable] = []
    var removedVariables: Set<String> = []
  }

  /// The fields that hold variables.
  private enum VariableField {
    static let all = ConfigField.environmentVariables.rawValue
    static let set = "set_environment_variables"
    static let removed = "remove_environment_variables"
  }

  var method: RequestMethod { .updateDeploymentTrackConfigs }

  func combine(into digest: inout Digest) {
    digest.combine(componentId)
    digest.combine(trackId)
    digest.combine(UInt64(endpoints.count))
    for endpoint in endpoints { endpoint.combine(into: &digest) }
    digest.combine(apiSettings != nil)
    apiSettings?.combine(into: &digest)
    digest.combine(UInt64(environmentVariables.count))
    for variable in environmentVariables { variable.combine(into: &digest) }
    digest.combine(etag)
    digest.combine(UInt64(updateMask.count))
    for path in updateMask { digest.combine(path) }
    // Without single variables nothing is added: digests from before these fields existed stay
    // valid.
    if setVariables.isEmpty && removedVariables.isEmpty { return }
    digest.combine(UInt64(setVariables.count))
    for variable in setVariables { variable.combine(into: &digest) }
    digest.combine(UInt64(removedVariables.count))
    for name in removedVariables { digest.combine(name) }
  }

  func check() throws(DomainError) -> Checked {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    let mask = violations.collect("update_mask") { () throws(InvalidValue) in
      try ConfigMask(updateMask, present: present)
    }
    var checked = Checked()
    if let mask { check(mask, &checked, &violations) }
    checkSingleVariables(&checked, &violations)
    try violations.check()
    return checked
  }

  private func check(
    _ mask: ConfigMask, _ checked: inout Checked, _ violations: inout Violations
  ) {
    if mask.fields.contains(.endpoints) {
      checked.endpoints = EndpointRules.check(endpoints, &violations)
    }
    if mask.fields.contains(.apiSettings) {
      checked.apiSettings = .replace(apiSettings)
    } else if !mask.settings.isEmpty {
      checked.apiSettings = .merge(apiSettings ?? APISettings(), mask.settings)
    }
    if let settings = checked.apiSettings?.given { APISettingsRules.check(settings, &violations) }
    if mask.fields.contains(.environmentVariables) {
      checked.environmentVariables = EnvironmentVariableRules.check(
        environmentVariables, &violations)
    }
  }

  private func checkSingleVariables(_ checked: inout Checked, _ violations: inout Violations) {
    if checked.environmentVariables != nil {
      for (field, isGiven) in [
        (VariableField.set, !setVariables.isEmpty),
        (VariableField.removed, !removedVariables.isEmpty),
      ] where isGiven {
        violations.add(
          field,
          InvalidValue(
            .invalidEnvironmentVariable,
            "must not come with \(VariableField.all), which replaces all of them"))
      }
    }
    checked.setVariables = EnvironmentVariableRules.check(
      setVariables, at: VariableField.set, &violations)
    checked.removedVariables = EnvironmentVariableRules.checkRemoved(
      removedVariables, besides: setVariables, at: VariableField.removed, &violations)
  }

  /// The fields that the request holds.
  private var present: Set<ConfigField> {
    var present: Set<ConfigField> = []
    if !endpoints.isEmpty { present.insert(.endpoints) }
    if apiSettings != nil { present.insert(.apiSettings) }
    if !environmentVariables.isEmpty { present.insert(.environmentVariables) }
    return present
  }

  var namedComponentId: String? { componentId }

  func plan(_ checked: Checked, _ context: PlanContext) throws -> Plan<ConfiguredTrack> {
    let changes = try TrackChanges(context, componentId: componentId)
    let track = try changes.existing(trackId, etag: etag, context.reader)
    let old = try ConfiguredTrack(track, context.reader)
    let new = old.reconfigured(try merged(checked, into: old.configs), changes)
    let response = Snapshot.encode(new.track)
    if new == old { return Plan(response: new, encodedResponse: response) }
    let subject = changes.subject(
      trackId, changedFields: ConfigDifference(old.configs, new.configs).paths)
    return Plan(response: new, encodedResponse: response, changing: subject) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try new.write(to: transaction, changes)
    }
  }

  /// `configs` with the changes applied. Elements of the source config stay.
  private func merged(
    _ checked: Checked, into configs: TrackConfigs
  ) throws(DomainError) -> TrackConfigs {
    var configs = configs
    if let endpoints = checked.endpoints {
      configs.endpoints = try merged(endpoints, into: configs.endpoints)
    }
    if let change = checked.apiSettings {
      let settings = change.applied(to: configs.apiSettings)
      if !means(settings, configs.apiSettings) { configs.apiSettings = settings }
    }
    configs.environmentVariables = try mergedVariables(checked, configs)
    return configs
  }

  /// The variables after the change: all USER variables, or single ones, are replaced.
  private func mergedVariables(
    _ checked: Checked, _ configs: TrackConfigs
  ) throws(DomainError) -> [EnvironmentVariable] {
    let old = configs.environmentVariables
    if let variables = checked.environmentVariables {
      let filled = try filled(
        variables, from: environmentVariables, VariableField.all, configs)
      return (old.filter { $0.origin == .sourceConfig } + filled).inOrder()
    }
    let filled = try filled(checked.setVariables, from: setVariables, VariableField.set, configs)
    let gone = checked.removedVariables.union(filled.map(\.name))
    let merged = old.filter { $0.origin == .sourceConfig || !gone.contains($0.name) } + filled
    let count = merged.count { $0.origin == .user }
    guard filled.isEmpty || count <= EnvironmentVariableRules.maximumCount else {
      throw DomainError.invalid(
        VariableField.set,
        InvalidValue(
          .invalidEnvironmentVariable,
          "must not make more than \(EnvironmentVariableRules.maximumCount) USER variables of the "
            + "track: it would have \(count)"))
    }
    return merged.inOrder()
  }

  /// The variables, checked against the forms that the source config declares. An unchanged
  /// variable need not obey its form. A secret's mask stands for its stored value, which callers
  /// cannot know.
  ///
  /// - Parameters:
  ///   - drafts: the variables as they stand in the request.
  ///   - field: where they stand.
  private func filled(
    _ variables: [EnvironmentVariable], from drafts: [EnvironmentVariableDraft],
    _ field: String, _ configs: TrackConfigs
  ) throws(DomainError) -> [EnvironmentVariable] {
    if variables.isEmpty { return [] }
    var former: [String: EnvironmentVariable] = [:]
    for variable in configs.environmentVariables where variable.origin == .user {
      former[variable.name] = variable
    }
    var violations = Violations()
    var filled = variables
    for (index, variable) in variables.enumerated() {
      guard case .value(let text) = variable.source, former[variable.name] != variable,
        let problem = configs.problem(ofValue: text, name: variable.name)
      else { continue }
      if text == EnvironmentVariable.mask, let secret = former[variable.name],
        case .value = secret.source, configs.forms[variable.name]?.isSecret == true
      {
        filled[index] = secret
        continue
      }
      let place = drafts.firstIndex { $0.name == variable.name } ?? index
      violations.add(
        "\(field)[\(place)].value",
        InvalidValue(.invalidEnvironmentVariable, problem))
    }
    try violations.check()
    return filled
  }

  private func merged(
    _ endpoints: [Endpoint], into old: [Endpoint]
  ) throws(DomainError) -> [Endpoint] {
    let kept = old.filter { $0.origin == .sourceConfig }
    let names = Set(kept.map(\.name))
    if let taken = endpoints.first(where: { names.contains($0.name) }) {
      throw DomainError.endpointNameTaken(taken.name, trackId: trackId)
    }
    return (kept + endpoints).sorted { $0.name < $1.name }
  }

  private func means(_ settings: APISettings?, _ other: APISettings?) -> Bool {
    guard let settings, let other else { return settings == nil && other == nil }
    return settings.means(other)
  }

  /// That it was done: the etag for the next call.
  func withoutNames(_ response: ConfiguredTrack) -> ConfiguredTrack {
    ConfiguredTrack(response.track.withoutContent, TrackConfigs())
  }

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> ConfiguredTrack {
    try ConfiguredTrack(try Snapshot.track(bytes), reader)
  }
}
