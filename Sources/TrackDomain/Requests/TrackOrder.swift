/// The order of a list of tracks. All columns of its key run in the same direction.
public struct TrackOrder: Sendable, Hashable {
  /// The column that orders the list, with the key that makes each place unique.
  public enum Field: UInt8, Sendable, Hashable, CaseIterable {
    /// (major, minor, created_at, id); tracks without a version rank below all others.
    case version = 1
    /// (created_at, id)
    case createdAt = 2
    /// (updated_at, id)
    case updatedAt = 3
  }

  public var field: Field
  public var isDescending: Bool

  public init(field: Field, isDescending: Bool) {
    self.field = field
    self.isDescending = isDescending
  }

  /// Highest version first.
  public static var newestVersionFirst: TrackOrder {
    TrackOrder(field: .version, isDescending: true)
  }
}
