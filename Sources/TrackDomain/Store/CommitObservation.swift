/// An observer of a store's commits, until `end` or until the store is closed.
public struct CommitObservation: Sendable {
  private let remove: @Sendable () -> Void

  public init(_ remove: @escaping @Sendable () -> Void) {
    self.remove = remove
  }

  /// The observer is not called any more, but for a call that has begun. Any thread.
  public func end() { remove() }
}
