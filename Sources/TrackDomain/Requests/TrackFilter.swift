/// A condition on the tracks of a list: every comparison holds.
public struct TrackFilter: Sendable, Hashable {
  public enum Comparator: UInt8, Sendable, Hashable {
    case equal = 1
    case notEqual = 2
    case less = 3
    case greater = 4
    case lessOrEqual = 5
    case greaterOrEqual = 6

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
      switch self {
      case .equal: left == right
      case .notEqual: left != right
      case .less: left < right
      case .greater: left > right
      case .lessOrEqual: left <= right
      case .greaterOrEqual: left >= right
      }
    }
  }

  public enum Comparison: Sendable, Hashable {
    case branch(String, equal: Bool)
    case latest(Bool)
    case autoDeployEnabled(Bool)
    /// Nil is no version, which is lower than any.
    case version(Comparator, APIVersion?)
    case createdAt(Comparator, Timestamp)
    case updatedAt(Comparator, Timestamp)
  }

  public var comparisons: [Comparison]

  public init(_ comparisons: [Comparison] = []) {
    self.comparisons = comparisons
  }

  public func matches(_ track: Track) -> Bool {
    comparisons.allSatisfy { $0.holds(for: track) }
  }
}

extension TrackFilter.Comparison {
  func holds(for track: Track) -> Bool {
    switch self {
    case .branch(let branch, let equal): (track.branch == branch) == equal
    case .latest(let value): track.isLatest == value
    case .autoDeployEnabled(let value): track.autoDeployEnabled == value
    case .version(let comparator, let version):
      comparator.holds(Self.rank(track.version), Self.rank(version))
    case .createdAt(let comparator, let time): comparator.holds(track.createdAt, time)
    case .updatedAt(let comparator, let time): comparator.holds(track.updatedAt, time)
    }
  }

  /// One number in the order of versions; no version is -1.
  private static func rank(_ version: APIVersion?) -> Int64 {
    version.map { Int64($0.major) << 32 | Int64($0.minor) } ?? -1
  }
}
