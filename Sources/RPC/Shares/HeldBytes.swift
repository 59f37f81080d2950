import Synchronization

/// Counts the bytes of unfinished requests that calls keep beyond their flow-control windows. Any
/// thread.
final class HeldBytes: Sendable {
  /// What is let in freely; beyond it one request after the other has its turn.
  let eager: ShareQuota
  private let total = Atomic<Int>(0)

  init(eager: ShareQuota) { self.eager = eager }

  var count: Int { total.load(ordering: .relaxed) }

  /// Accounts for a call that holds `change` bytes more than before. On the connection's executor.
  ///
  /// - Returns: the bytes that all calls hold now.
  @discardableResult
  func change(by change: Int, _ account: CallAccount?) -> Int {
    if change == 0 { return count }
    account?.held(change)
    return total.wrappingAdd(change, ordering: .relaxed).newValue
  }
}
