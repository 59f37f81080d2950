public import TrackDomain

/// The answer to `ApplyComponentConfig`.
public struct AppliedConfig: Sendable, Hashable {
  public var outcome: SourceConfigOutcome
  /// The configuration after it.
  public var configs: TrackConfigs
}
