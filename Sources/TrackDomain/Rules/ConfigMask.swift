/// The parts of a configuration that an update changes.
public struct ConfigMask: Sendable, Hashable {
  /// The fields that the request replaces.
  public var fields: Set<ConfigField>
  /// The API settings that it changes, where it does not replace them all; in the order of their
  /// paths.
  public var settings: [APISettingsField]

  /// - Parameters:
  ///   - paths: of the mask; empty when it was omitted.
  ///   - present: the fields that the request holds.
  public init(_ paths: [String], present: Set<ConfigField>) throws(InvalidValue) {
    let prefix = ConfigField.apiSettings.rawValue + "."
    let whole = paths.filter { !$0.hasPrefix(prefix) }
    var settings: Set<APISettingsField> = []
    for path in paths where path.hasPrefix(prefix) {
      guard let field = APISettingsField(rawValue: String(path.dropFirst(prefix.count))) else {
        let known = APISettingsField.allCases.map(\.rawValue).joined(separator: ", ")
        throw InvalidValue(
          .invalidUpdateMask, "must name, below api_settings, one of \(known)")
      }
      settings.insert(field)
    }
    fields =
      whole.isEmpty && !settings.isEmpty
      ? []
      : try UpdateMask.resolve(whole, present: present, immutable: ConfigField.immutable)
    if whole == ["*"], !settings.isEmpty {
      throw InvalidValue(.invalidUpdateMask, "'*' stands alone")
    }
    self.settings =
      fields.contains(.apiSettings) ? [] : APISettingsField.allCases.filter(settings.contains)
  }
}
