/// Bytes that are no snapshot, or one of a later format.
public struct SnapshotError: Error, Sendable, Equatable {
  public init() {}
}
