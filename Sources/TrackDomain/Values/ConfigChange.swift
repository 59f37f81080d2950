/// One thing that is another in a configuration of a track than in the one before.
public struct ConfigChange: Sendable, Hashable {
  /// The raw values are kept in stores.
  public enum Action: UInt8, Sendable, Hashable, CaseIterable {
    case added = 1
    case updated = 2
    case removed = 3
  }

  public var action: Action
  /// `endpoints/<name>`, `api_settings` or `environment_variables/<name>`.
  public var target: String

  public init(_ action: Action, _ target: String) {
    self.action = action
    self.target = target
  }
}
