/// What an acknowledged write has survived, as the settings of the database say.
public struct StoreDurability: Sendable, Hashable {
  /// Where a COMMIT is when it is answered.
  public enum Level: Int, Sendable, Comparable {
    /// In memory (`synchronous_commit` is off): what stops the database takes it along.
    case memory
    /// On the disk of the primary: what breaks that takes it along.
    case disk
    /// With a standby, too.
    case standby

    public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  /// `synchronous_commit`.
  public var commit: String
  /// `synchronous_standby_names`.
  public var standbyNames: String
  /// `sync_state` of the standbys that follow the primary; nil where the role may not see them
  /// (`pg_read_all_stats`).
  public var standbyStates: [String]?

  public init(commit: String, standbyNames: String, standbyStates: [String]? = nil) {
    self.commit = commit
    self.standbyNames = standbyNames
    self.standbyStates = standbyStates
  }

  public var level: Level {
    switch commit {
    case "off": .memory
    case "local": .disk
    default: standbyNames.isEmpty ? .disk : .standby
    }
  }

  /// Which setting says that no COMMIT waits for a standby; nil when each does.
  public var shortfall: String? {
    if level == .memory || commit == "local" { return "synchronous_commit is \(commit)" }
    return level == .standby ? nil : "synchronous_standby_names is empty"
  }

  /// Whether a standby follows that COMMITs wait for: without one they wait until there is one. Nil
  /// where that cannot be seen.
  public var hasStandby: Bool? {
    standbyStates.map { $0.contains("sync") || $0.contains("quorum") }
  }
}
