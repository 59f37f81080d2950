import EventLoop
import Synchronization
import TrackDomain

/// The policy in force, which may be replaced while calls are served. Any thread.
///
/// `@unchecked Sendable`: the lock guards every `var`.
public final class AccessControl: @unchecked Sendable {
  private let lock = Lock()
  private var policy: Policy
  private var observers: [@Sendable () -> Void] = []
  private let counter = Atomic<UInt64>(1)

  public init(_ policy: Policy) { self.policy = policy }

  /// Grows with each policy: what was decided under another number is void.
  public var version: UInt64 { counter.load(ordering: .acquiring) }

  /// The rights of a caller now. Takes as long as the policy has bindings: keep them per version.
  public func rights(of caller: Caller) -> CallerRights {
    let (policy, version) = now
    return CallerRights(of: caller, under: policy, version: version, control: self)
  }

  private var now: (policy: Policy, version: UInt64) {
    lock.withLock { (self.policy, counter.load(ordering: .acquiring)) }
  }

  /// Whether the caller may act on behalf of others (`trackd-actor`).
  public func mayActForOthers(_ caller: Caller) -> Bool {
    now.policy.mayActForOthers(caller)
  }

  /// Puts another policy in force. One that says the same changes nothing.
  ///
  /// - Returns: whether it says something else.
  @discardableResult
  public func replace(with policy: Policy) -> Bool {
    let told: [@Sendable () -> Void]? = lock.withLock {
      if policy == self.policy { return nil }
      self.policy = policy
      counter.wrappingAdd(1, ordering: .releasing)
      return observers
    }
    for tell in told ?? [] { tell() }
    return told != nil
  }

  /// Calls `body` after each change, on the thread that made it; `body` does not block.
  public func observe(_ body: @escaping @Sendable () -> Void) {
    lock.withLock { observers.append(body) }
  }
}
