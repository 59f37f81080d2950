public import TrackDomain

/// The request to change the configuration of a track, but for what its source config defines.
public struct UpdateTrackConfigs: Sendable {
  public var componentId: String
  public var trackId: String
  public var endpoints: [EndpointDraft]
  /// Nil: none are given.
  public var apiSettings: APISettings?
  public var environmentVariables: [EnvironmentVariableDraft]
  public var etag: String
  /// Empty: what is given.
  public var updateMask: [String]
  public var options: MutationOptions

  public init(
    componentId: String, trackId: String, endpoints: [EndpointDraft] = [],
    apiSettings: APISettings? = nil, environmentVariables: [EnvironmentVariableDraft] = [],
    etag: String = "", updateMask: [String] = [], options: MutationOptions = MutationOptions()
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.endpoints = endpoints
    self.apiSettings = apiSettings
    self.environmentVariables = environmentVariables
    self.etag = etag
    self.updateMask = updateMask
    self.options = options
  }
}

extension UpdateTrackConfigs: Mutation {
  /// What the track is to have; nil for what stays.
  struct Checked: Sendable {
    var endpoints: [Endpoint]?
    /// Nil in it for none.
    var apiSettings: APISettings??
    var environmentVariables: [EnvironmentVariable]?
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
  }

  func check() throws(DomainError) -> Checked {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    let fields = violations.collect("update_mask") { () throws(InvalidValue) in
      try UpdateMask.resolve(updateMask, present: present, immutable: ConfigField.immutable)
    }
    var checked = Checked()
    for field in ConfigField.allCases where fields?.contains(field) == true {
      switch field {
      case .endpoints: checked.endpoints = EndpointRules.check(endpoints, &violations)
      case .apiSettings:
        let settings = apiSettings ?? APISettings()
        APISettingsRules.check(settings, &violations)
        // Settings that say nothing are none.
        checked.apiSettings = .some(settings == APISettings() ? nil : settings)
      case .environmentVariables:
        checked.environmentVariables = EnvironmentVariableRules.check(
          environmentVariables, &violations)
      }
    }
    try violations.check()
    return checked
  }

  /// The fields that the request holds.
  private var present: Set<ConfigField> {
    var present: Set<ConfigField> = []
    if !endpoints.isEmpty { present.insert(.endpoints) }
    if apiSettings != nil { present.insert(.apiSettings) }
    if !environmentVariables.isEmpty { present.insert(.environmentVariables) }
    return present
  }

  func lockedComponentId(_ checked: Checked) -> String? { componentId }

  func plan(_ checked: Checked, _ situation: Situation) throws -> Plan<ConfiguredTrack> {
    let changes = try TrackChanges(situation, componentId: componentId)
    let track = try changes.existing(trackId, etag: etag, situation.reader)
    let old = try ConfiguredTrack(track, situation.reader)
    let new = old.reconfigured(try merged(checked, into: old.configs), changes)
    let response = Snapshot.encode(new.track)
    if new == old { return Plan(response: new, encodedResponse: response, apply: nil) }
    return Plan(response: new, encodedResponse: response) {
      (transaction: any StoreTransaction) throws(StoreError) in
      try new.write(to: transaction, changes)
    }
  }

  /// `configs` with what is to change; what the source config defines stays.
  private func merged(
    _ checked: Checked, into configs: TrackConfigs
  ) throws(DomainError) -> TrackConfigs {
    var configs = configs
    if let endpoints = checked.endpoints {
      configs.endpoints = try merged(endpoints, into: configs.endpoints)
    }
    if let settings = checked.apiSettings, !means(settings, configs.apiSettings) {
      configs.apiSettings = settings
    }
    if let variables = checked.environmentVariables {
      let filled = try filled(variables, configs)
      let kept = configs.environmentVariables.filter { $0.origin == .sourceConfig }
      configs.environmentVariables = (kept + filled).inOrder()
    }
    return configs
  }

  /// The variables as they fill in the forms of the source config. One that stays as it is need not
  /// obey its form, and nobody can tell the plain value of a secret: its mask stands for it.
  private func filled(
    _ variables: [EnvironmentVariable], _ configs: TrackConfigs
  ) throws(DomainError) -> [EnvironmentVariable] {
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
      let place = environmentVariables.firstIndex { $0.name == variable.name } ?? index
      violations.add(
        "environment_variables[\(place)].value",
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

  func decodeResponse(_ bytes: [UInt8], _ reader: any StoreReader) throws -> ConfiguredTrack {
    try ConfiguredTrack(try Snapshot.track(bytes), reader)
  }
}
