/// Records that wait for a reader who is slower than the store: first written, then read, in order.
/// What it keeps goes with it. One task at a time.
public protocol StateSpool: Sendable {
  /// Adds records. Throws `SpoolFull` when there is no room for them.
  func append(_ records: [[UInt8]]) async throws

  /// The next records, some at a time; empty at the end. Nothing is appended after it.
  func next() async throws -> [[UInt8]]
}

/// The store has no room for what waits for a reader.
public struct SpoolFull: Error, Sendable {
  public init() {}
}
