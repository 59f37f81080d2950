import Synchronization

/// Counts what all calls of a server together hold of unfinished requests. Any thread.
final class HeldBytes: Sendable {
  private let total = Atomic<Int>(0)

  var count: Int { total.load(ordering: .relaxed) }

  /// Accounts for a call that holds `new` bytes after `old`.
  ///
  /// - Returns: false when the call holds more than before, and all together more than `limit`.
  func change(from old: Int, to new: Int, limit: Int) -> Bool {
    if new == old { return true }
    let total = total.wrappingAdd(new - old, ordering: .relaxed).newValue
    return new < old || total <= limit
  }
}
